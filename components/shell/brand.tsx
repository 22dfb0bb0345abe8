// The name of the house: a pulse that turns into a sealed box, drawn in the accent colour.
export function Brand() {
  return (
    <span className="inline-flex items-center gap-2 font-semibold tracking-tight">
      <svg viewBox="0 0 20 20" aria-hidden className="text-accent size-5">
        <rect x="1.25" y="1.25" width="17.5" height="17.5" rx="3" fill="currentColor" />
        <path
          d="M3.5 10.5h3l1.6-4.2 3 8 1.8-3.8h3.6"
          fill="none"
          stroke="var(--color-on-accent)"
          strokeWidth="1.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      MedcoMD
    </span>
  );
}
