// Placeholders while a page loads: the shape of what comes, no movement beyond a slow fade.
export function Bar({ className = '' }: { className?: string }) {
  return <div aria-hidden className={`bg-line h-4 animate-pulse rounded-sm ${className}`} />;
}
