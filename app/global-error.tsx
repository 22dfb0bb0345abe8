'use client';
// The last resort: the frame itself failed, so this brings its own document.
import './globals.css';
import { FailedState, type BoundaryProps } from '@/components/states/failed-state';

export default function GlobalError(props: BoundaryProps) {
  return (
    <html lang="en">
      <body>
        <title>MedcoMD</title>
        <main>
          <FailedState {...props} what="MedcoMD" />
        </main>
      </body>
    </html>
  );
}
