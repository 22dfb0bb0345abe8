'use client';
// Asks before registering whether somebody of that name and birth date is there already. The second press registers anyway.
import { useRef, useState } from 'react';
import {
  UNREACHABLE,
  type ActionFailure,
  type ActionResult,
} from '@/components/form/action-result';
import type { SimilarPatient } from '@/schemas/dto';
import { message } from '@/schemas/message';

interface Person {
  name: string;
  contact: { dateOfBirth: string };
}

export type FindSimilar = (person: {
  name: string;
  dateOfBirth: string;
}) => Promise<ActionResult<SimilarPatient[]>>;

export function useSimilar<Input extends Person, T>(
  find: FindSimilar,
  register: (input: Input) => Promise<ActionResult<T>>,
) {
  const [similar, setSimilar] = useState<SimilarPatient[]>([]);
  /** Whom the person was shown the similar ones of. */
  const shownFor = useRef('');

  const registerOrWarn = async (input: Input): Promise<ActionResult<T>> => {
    const person = { name: input.name, dateOfBirth: input.contact.dateOfBirth };
    const key = JSON.stringify(person);
    if (shownFor.current !== key) {
      const found = await find(person).catch(() => UNREACHABLE);
      if (!found.ok) return found;
      setSimilar(found.value);
      shownFor.current = key;
      if (found.value.length > 0) return WARNED;
    }
    return register(input);
  };

  return { similar, registerOrWarn };
}

const WARNED: ActionFailure = {
  ok: false,
  code: 'SIMILAR',
  message: message('registration.similarAsk'),
};
