// Every English text, by namespace: one file per part of the clinic.
import shell from './en/shell.json';
import signIn from './en/signIn.json';
import search from './en/search.json';
import record from './en/record.json';
import vitals from './en/vitals.json';
import desk from './en/desk.json';
import registration from './en/registration.json';
import audit from './en/audit.json';
import emergency from './en/emergency.json';
import accounts from './en/accounts.json';
import keys from './en/keys.json';
import states from './en/states.json';
import form from './en/form.json';
import errors from './en/errors.json';
import contact from './en/contact.json';

export const en = {
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
