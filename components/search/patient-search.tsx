'use client';
// The search page of either role: one box, its states, the hits. The text goes to the server in the
// body of a POST and appears in no address, title or storage.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Search } from 'lucide-react';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { useHydrated } from '@/components/form/hydrated';
import { Form } from '@/components/form/form';
import { formatCount } from '@/components/format';
import { Button } from '@/components/ui/button';
import { Live, Notice } from '@/components/ui/notice';
import { Bar } from '@/components/ui/skeleton';
import type { FoundPatients } from './found-patients';
import { ResultList } from './result-list';
import { useSearchMemory } from './search-memory';

/** What the box was understood as, by the kind that the server answers with. */
const KIND_NAMES: Record<FoundPatients['kind'], string> = {
  name: 'name',
  phone: 'phone number',
  last4: 'last four digits',
  ssn: 'Social Security number',
  policy: 'policy number',
};
const NEVER_REMEMBERED: readonly FoundPatients['kind'][] = ['ssn', 'policy'];

interface PatientSearchProps {
  label: string;
  hint: string;
  base: string;
  search: (input: { text: string; page: number }) => Promise<ActionResult<FoundPatients>>;
  /** Shown while nothing has been searched. */
  idle: ReactNode;
  /** Shown below "No patient found". */
  noMatch: (kind: FoundPatients['kind']) => ReactNode;
}

type State =
  | { name: 'idle' }
  | { name: 'pending' }
  | { name: 'failed'; message: string }
  | { name: 'found'; text: string; results: FoundPatients };

export function PatientSearch({ label, hint, base, search, idle, noMatch }: PatientSearchProps) {
  const memory = useSearchMemory();
  const [text, setText] = useState(() => memory?.recall()?.text ?? '');
  const [state, setState] = useState<State>(() => {
    const kept = memory?.recall() ?? null;
    return kept === null ? { name: 'idle' } : { name: 'found', ...kept };
  });
  const box = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const latest = useRef(0);
  const hydrated = useHydrated();

  useEffect(() => {
    if (hydrated) box.current?.focus();
  }, [hydrated]);

  const run = async (wanted: string, page: number): Promise<void> => {
    const ticket = ++latest.current;
    setState({ name: 'pending' });
    const answer = await search({ text: wanted, page }).catch(() => UNREACHABLE);
    if (ticket !== latest.current) return;
    leaveIfSignedOut(answer);
    if (!answer.ok) {
      const field = Object.values(answer.fields ?? {})[0];
      setState({ name: 'failed', message: field ?? answer.message });
      return;
    }
    setState({ name: 'found', text: wanted, results: answer.value });
    if (!NEVER_REMEMBERED.includes(answer.value.kind)) {
      memory?.keep({ text: wanted, results: answer.value });
    }
  };

  return (
    <>
      <Form label="Find a patient" role="search" onSubmit={() => void run(text, 1)}>
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
              aria-describedby="patient-search-hint"
              className="control h-10 pl-9"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                const first = list.current?.querySelector('a');
                if (event.key !== 'ArrowDown' || !first) return;
                event.preventDefault();
                first.focus();
              }}
            />
          </div>
          <Button type="submit" tone="primary" className="h-10">
            Search
          </Button>
        </div>
        <p id="patient-search-hint" className="text-soft mt-1.5 max-w-2xl text-xs">
          {hint}
        </p>
      </Form>

      <div className="mt-5">
        <Live>
          {state.name === 'pending' && <p className="sr-only">Searching</p>}
          {state.name === 'found' && <CountLine results={state.results} />}
        </Live>
        <Live urgent>
          {state.name === 'failed' && (
            <Notice tone="danger" title="The search did not run" className="max-w-2xl">
              <p>{state.message}</p>
            </Notice>
          )}
        </Live>
        {state.name === 'idle' && idle}
        {state.name === 'pending' && <PendingList />}
        {state.name === 'found' && state.results.patients.length > 0 && (
          <ResultList
            patients={state.results.patients}
            base={base}
            list={list}
            onLeave={() => box.current?.focus()}
          />
        )}
        {state.name === 'found' && state.results.total === 0 && (
          <div className="panel max-w-2xl px-4 py-5">{noMatch(state.results.kind)}</div>
        )}
        {state.name === 'found' && (
          <Pager results={state.results} go={(page) => void run(state.text, page)} />
        )}
      </div>
    </>
  );
}

function CountLine({ results }: { results: FoundPatients }) {
  return (
    <p className="mb-2 text-sm">
      <span className="font-semibold">
        {results.total === 0
          ? 'No patient found'
          : `${formatCount(results.total, 'patient', 'patients')} found`}
      </span>
      <span className="text-soft"> · searched by {KIND_NAMES[results.kind]}</span>
    </p>
  );
}

function PendingList() {
  return (
    <div className="panel divide-line divide-y">
      {['w-48', 'w-40', 'w-56'].map((width) => (
        <div key={width} className="px-4 py-2.5">
          <Bar className={width} />
        </div>
      ))}
    </div>
  );
}

function Pager({ results, go }: { results: FoundPatients; go: (page: number) => void }) {
  const { total, page, pageSize } = results;
  const pages = Math.ceil(total / pageSize);
  if (pages < 2) return null;
  return (
    <nav aria-label="Result pages" className="mt-3 flex items-center gap-3">
      <Button small disabled={page <= 1} onClick={() => go(page - 1)}>
        Previous
      </Button>
      <span className="text-soft text-sm">
        Page {page} of {pages}
      </span>
      <Button small disabled={page >= pages} onClick={() => go(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
