/*
 * The only import of cdktf. Works with HashiCorp's last release, cdktf 0.21, and with the maintained fork cdktn, installed under
 * the name cdktf.
 */
export {
  App,
  HttpBackend,
  LocalBackend,
  TerraformOutput,
  TerraformProvider,
  TerraformResource,
  TerraformStack,
  TerraformVariable,
} from 'cdktf';
export type { HttpBackendConfig, TerraformMetaArguments, TerraformResourceLifecycle } from 'cdktf';
