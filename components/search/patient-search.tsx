'use client';
// The search page of either role: one box, its states, the hits. The text goes to the server in the
// body of a POST, when it is sent and not while it is typed (each search is an audit event), and appears in no address,
// title or storage.
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Search } from 'lucide-react';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE } from '@/components/form/action-result';
import { Form } from '@/components/form/form';
import { useHydrated } from '@/components/form/hydrated';
import { useMessage } from '@/components/form/use-message';
import { Button } from '@/components/ui/button';
import { Live, Notice } from '@/components/ui/notice';
import type { Narrow } from '@/schemas/search';
import type { Asked, FoundPatient, FoundPatients, SearchPatients } from './found-patients';
import { ResultList } from './result-list';
import { CountLine, Pager, PendingList } from './result-states';
import { SearchFilters } from './search-filters';
import { useSearchMemory } from './search-memory';
import { arrived, placeOf, type FoundPage, type Step } from './trail';

const NEVER_REMEMBERED: readonly FoundPatients['kind'][] = ['ssn', 'policy'];

interface PatientSearchProps {
  label: string;
  hint: string;
  base: string;
  search: SearchPatients;
  /** Shown above `idle` while nothing has been searched. */
  recent?: readonly FoundPatient[];
  /** Shown while nothing has been searched. */
  idle: ReactNode;
  /** Shown below "No patient found". */
  noMatch: (kind: FoundPatients['kind']) => ReactNode;
}

type State =
  | { name: 'idle' }
  | { name: 'pending' }
  /** `again` is null where the same text would fail again. */
  | { name: 'failed'; message: string; again: (() => void) | null }
  | { name: 'found'; page: FoundPage };

export function PatientSearch(props: PatientSearchProps) {
  const { label, hint, base, search, recent = [], idle, noMatch } = props;
  const t = useTranslations('search');
  const say = useMessage();
  const memory = useSearchMemory();
  const [text, setText] = useState(() => memory?.recall()?.asked.text ?? '');
  const [narrow, setNarrow] = useState<Narrow>(() => memory?.recall()?.asked.narrow ?? {});
  const [state, setState] = useState<State>(() => {
    const kept = memory?.recall() ?? null;
    return kept === null ? { name: 'idle' } : { name: 'found', page: kept };
  });
  const box = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const latest = useRef(0);
  const hydrated = useHydrated();

  useEffect(() => {
    if (hydrated) box.current?.focus();
  }, [hydrated]);

  const run = async (wanted: Asked, from: FoundPage | null, step: Step): Promise<void> => {
    const ticket = ++latest.current;
    setState({ name: 'pending' });
    const after = from === null || step === 'first' ? undefined : placeOf(from, step);
    const input = after === undefined ? wanted : { ...wanted, after };
    const answer = await search(input).catch(() => UNREACHABLE);
    if (ticket !== latest.current) return;
    leaveIfSignedOut(answer);
    if (!answer.ok) {
      const message = Object.values(answer.fields ?? {})[0] ?? answer.message;
      const again = answer.code === 'INVALID' ? null : () => void run(wanted, from, step);
      setState({ name: 'failed', message, again });
      return;
    }
    const page = arrived(wanted, answer.value, from, step);
    setState({ name: 'found', page });
    if (!NEVER_REMEMBERED.includes(answer.value.kind)) memory?.keep(page);
  };

  const clear = (): void => {
    latest.current++;
    setText('');
    setNarrow({});
    setState({ name: 'idle' });
    memory?.keep(null);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Escape' && (text !== '' || state.name !== 'idle')) {
      event.preventDefault();
      clear();
    }
    const first = list.current?.querySelector('a');
    if (event.key !== 'ArrowDown' || !first) return;
    event.preventDefault();
    first.focus();
  };
  const toBox = (): void => box.current?.focus();

  return (
    <>
      <Form
        label={t('form')}
        role="search"
        onSubmit={() => void run({ text, narrow }, null, 'first')}
      >
        <label htmlFor="patient-search" className="mb-1 block text-sm font-medium">
          {label}
        </label>
        <div className="flex max-w-2xl gap-2">
          <div className="relative min-w-0 flex-1">
            <Search
              aria-hidden
              className="text-soft pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2"
            />
            <input
              id="patient-search"
              ref={box}
              type="text"
              role="searchbox"
              enterKeyHint="search"
              autoComplete="off"
              autoCorrect="off"
              spellCheck={false}
              maxLength={100}
              aria-describedby="patient-search-hint"
              className="control h-10 pl-9"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={onKeyDown}
            />
          </div>
          <Button type="submit" tone="primary" className="h-10">
            {t('submit')}
          </Button>
        </div>
        <p id="patient-search-hint" className="text-soft mt-1.5 max-w-2xl text-xs">
          {hint}
        </p>
        <SearchFilters narrow={narrow} change={setNarrow} />
      </Form>

      <div className="mt-5">
        <Live>
          {state.name === 'pending' && <p className="sr-only">{t('searching')}</p>}
          {state.name === 'found' && <CountLine page={state.page} />}
        </Live>
        <Live urgent>
          {state.name === 'failed' && (
            <Notice tone="danger" title={t('failed')} className="max-w-2xl">
              <p>{say(state.message)}</p>
              {state.again !== null && (
                <Button small className="mt-2" onClick={state.again}>
                  {t('again')}
                </Button>
              )}
            </Notice>
          )}
        </Live>
        {state.name === 'idle' && recent.length > 0 && (
          <section aria-labelledby="recent-patients" className="mb-6">
            <h2 id="recent-patients" className="mb-1.5 text-sm font-semibold">
              {t('recent')} <span className="text-soft font-normal">· {t('recentHint')}</span>
            </h2>
            <ResultList
              label={t('recent')}
              patients={recent}
              base={base}
              list={list}
              onLeave={toBox}
            />
          </section>
        )}
        {state.name === 'idle' && idle}
        {state.name === 'pending' && <PendingList />}
        {state.name === 'found' && state.page.results.patients.length > 0 && (
          <ResultList
            label={t('found')}
            patients={state.page.results.patients}
            base={base}
            list={list}
            onLeave={toBox}
          />
        )}
        {state.name === 'found' && state.page.count.total === 0 && (
          <div className="panel max-w-2xl px-4 py-5">{noMatch(state.page.results.kind)}</div>
        )}
        {state.name === 'found' && (
          <Pager page={state.page} go={(step) => void run(state.page.asked, state.page, step)} />
        )}
      </div>
    </>
  );
}
