'use client';
// Keeps a doctor's last result list while they look at a record and come back. It lives in this tab's
// memory only, ends with the page, and never holds an SSN or policy number that was typed.
import { createContext, useContext, useState, type ReactNode } from 'react';
import type { FoundPage } from './trail';

interface Memory {
  recall: () => FoundPage | null;
  /** Null forgets. */
  keep: (page: FoundPage | null) => void;
}

const MemoryContext = createContext<Memory | null>(null);

function createMemory(): Memory {
  let kept: FoundPage | null = null;
  return {
    recall: () => kept,
    keep: (page) => {
      kept = page;
    },
  };
}

export function SearchMemory({ children }: { children: ReactNode }) {
  const [memory] = useState(createMemory);
  return <MemoryContext value={memory}>{children}</MemoryContext>;
}

/** The memory of the surrounding `SearchMemory`, or null where nothing may be kept. */
export function useSearchMemory(): Memory | null {
  return useContext(MemoryContext);
}
