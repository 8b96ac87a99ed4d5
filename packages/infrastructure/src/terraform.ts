/*
 * The only import of cdktf. Everything used here is in HashiCorp's last release, cdktf 0.21, and in the fork that carries
 * it on, cdktn, installed under the name cdktf.
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
export type { HttpBackendConfig, TerraformMetaArguments } from 'cdktf';
