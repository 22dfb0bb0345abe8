// What a search page says before a search, and after one that found nobody.
import type { ReactNode } from 'react';

type Way = readonly [name: string, explanation: string, example: string];

export function SearchGuide({ ways }: { ways: readonly Way[] }) {
  return (
    <section aria-labelledby="search-guide" className="max-w-2xl">
      <h2 id="search-guide" className="mb-1.5 text-sm font-semibold">
        Ways to find a patient
      </h2>
      <dl className="panel divide-line divide-y">
        {ways.map(([name, explanation, example]) => (
          <div
            key={name}
            className="grid gap-x-4 px-4 py-2 sm:grid-cols-[11rem_minmax(0,1fr)_auto]"
          >
            <dt className="font-medium">{name}</dt>
            <dd className="text-soft">{explanation}</dd>
            <dd className="text-soft">
              <span className="sr-only">Example: </span>
              <kbd className="font-sans">{example}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function NoMatch({ text, action }: { text: string; action?: ReactNode }) {
  return (
    <>
      <p className="mb-3 max-w-prose last:mb-0">{text}</p>
      {action}
    </>
  );
}
