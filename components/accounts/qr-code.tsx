// A QR code as one path, black on white in both themes: cameras want it so.

interface QrCodeProps {
  /** Row by row, quiet zone included. */
  modules: readonly (readonly boolean[])[];
  label: string;
}

export function QrCode({ modules, label }: QrCodeProps) {
  const size = modules.length;
  const path = modules
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="size-48"
    >
      <rect width={size} height={size} fill="white" />
      <path d={path} fill="black" />
    </svg>
  );
}
