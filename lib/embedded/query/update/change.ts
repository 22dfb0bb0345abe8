// Update layer: what an update operator is.

/** The operator leaves the value as it is. */
export const UNCHANGED = Symbol('unchanged');

/** From the present value, or MISSING, to the new one, MISSING to remove it, or {@link UNCHANGED}. */
export type Change = (value: unknown) => unknown;

/** Checks the operand once and gives the change. Throws CommandError. */
export type UpdateOperator = (operand: unknown, path: string) => Change;
