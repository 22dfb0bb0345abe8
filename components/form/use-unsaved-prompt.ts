'use client';
// Asks before what was typed is lost by leaving the page: closing the tab, or following a link in it. Never at the end of a
// session, when the screen must become empty.
import { useEffect } from 'react';
import { useTranslations } from 'use-intl';

export function useUnsavedPrompt(unsaved: boolean): void {
  const t = useTranslations('form');
  const question = t('leaveUnsaved');
  useEffect(() => {
    if (!unsaved) return;
    const onUnload = (event: BeforeUnloadEvent): void => event.preventDefault();
    const onClick = (event: MouseEvent): void => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      if (link === null || link.getAttribute('target') === '_blank') return;
      if (link.getAttribute('href')?.startsWith('#') || window.confirm(question)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const calm = (): void => {
      window.removeEventListener('beforeunload', onUnload);
      document.removeEventListener('click', onClick, { capture: true });
    };
    window.addEventListener('beforeunload', onUnload);
    document.addEventListener('click', onClick, { capture: true });
    window.addEventListener('medcomd:before-signoff', calm);
    return () => {
      calm();
      window.removeEventListener('medcomd:before-signoff', calm);
    };
  }, [unsaved, question]);
}
