// How a key operation says how far it is: to the operator's tool and to the officer's console alike. Knows nothing of
// either.

/** How far one phase of an operation is. */
export interface PhaseProgress {
  /** Each operation has its own phases; each begins at its `done` (0, or where a killed run stopped). */
  readonly phase: string;
  readonly done: number;
  /** 0 for a phase that is one step; may grow while the clinic works. */
  readonly total: number;
}

/**
 * Called at the beginning of each phase and after each batch. What it throws ends the operation, which can then be gone
 * on with as after a kill.
 */
export type OnProgress = (progress: PhaseProgress) => void;
