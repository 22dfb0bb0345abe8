// Every Spanish text, by namespace. The compiler holds it to the same keys as the English ones.
import shell from './es/shell.json';
import signIn from './es/signIn.json';
import search from './es/search.json';
import record from './es/record.json';
import vitals from './es/vitals.json';
import desk from './es/desk.json';
import registration from './es/registration.json';
import audit from './es/audit.json';
import emergency from './es/emergency.json';
import accounts from './es/accounts.json';
import keys from './es/keys.json';
import states from './es/states.json';
import form from './es/form.json';
import errors from './es/errors.json';
import contact from './es/contact.json';
import type { Messages } from '../messages';

export const es: Messages = {
  shell,
  signIn,
  search,
  record,
  vitals,
  desk,
  registration,
  audit,
  emergency,
  accounts,
  keys,
  states,
  form,
  errors,
  contact,
};
