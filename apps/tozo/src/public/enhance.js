/*
 * Sends the page's forms without loading the page anew, keeps the keyboard's place and says what happened. The forms work
 * without this script; when anything goes wrong here, the browser sends the form by itself.
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

/** The same button; for a deleted todo its neighbour's; for a new one, or when none is left, the field for the title. */
function focusAfter(submitter, place) {
  const neighbours = [...document.querySelectorAll('[value=delete]')];
  const next =
    (submitter.id !== 'add' && document.getElementById(submitter.id)) ||
    (place >= 0 && (neighbours[place] ?? neighbours.at(-1))) ||
    document.getElementById('title');
  next?.focus();
}
