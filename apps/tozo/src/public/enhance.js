/*
 * Sends the page's forms without a reload, keeps the keyboard focus and announces the result. The forms work without this
 * script: if anything fails here, the browser sends the form itself.
 */
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (form.dataset.native === 'true') return;
  event.preventDefault();
  send(form, submitter).catch(() => {
    form.dataset.native = 'true';
    form.requestSubmit(submitter);
  });
});

async function send(form, submitter) {
  const response = await fetch(form.action, {
    method: 'POST',
    body: new URLSearchParams(new FormData(form, submitter)),
  });
  const next = new DOMParser().parseFromString(await response.text(), 'text/html');
  const place = [...document.querySelectorAll('[value=delete]')].indexOf(submitter);
  document.title = next.title;
  document.querySelector('main').replaceWith(next.querySelector('main'));
  focusAfter(submitter, place);
  document.getElementById('status').textContent = response.ok ? submitter.dataset.announce : '';
}

/** Focuses the same button, the neighbor of a deleted todo, or the title field. */
function focusAfter(submitter, place) {
  const neighbors = [...document.querySelectorAll('[value=delete]')];
  const next =
    (submitter.id !== 'add' && document.getElementById(submitter.id)) ||
    (place >= 0 && (neighbors[place] ?? neighbors.at(-1))) ||
    document.getElementById('title');
  next?.focus();
}
