// The one table of KMS providers: adding one touches this file and its own.
import 'server-only';
import { aws } from './aws';
import { azure } from './azure';
import { gcp } from './gcp';
import { kmip } from './kmip';
import { local } from './local';
import type { Provider, ProviderName, SettingForms } from './provider';

export type { ConfiguredProvider, GivenSettings, Provider, ProviderName } from './provider';

export const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  local,
  aws,
  azure,
  gcp,
  kmip,
};

export const PROVIDER_NAMES = Object.keys(PROVIDERS) as ProviderName[];

/** Settings of all providers. */
export const PROVIDER_SETTINGS: SettingForms = Object.assign(
  {},
  ...Object.values(PROVIDERS).map(({ settings }) => settings),
) as SettingForms;

/** `local` of `local:next`; undefined for a provider that nobody knows. */
export function providerOf(name: string): Provider | undefined {
  const kind = name.split(':', 1)[0] ?? '';
  return Object.hasOwn(PROVIDERS, kind) ? PROVIDERS[kind as ProviderName] : undefined;
}
