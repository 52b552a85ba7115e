/**
 * Files dropped anywhere on the window, or pasted into it. The whole window takes them: a file dropped beside
 * a box would otherwise make the browser leave the page.
 */
import { useEffect, useState } from 'react';

function filesOf(entry: FileSystemEntry): Promise<File[]> {
  return new Promise((resolve, reject) => {
    if (entry.isFile) {
      (entry as FileSystemFileEntry).file((file) => resolve([file]), reject);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    const found: File[] = [];
    // A reader gives about a hundred entries at a time, and an empty list at the end.
    const readOn = () =>
      reader.readEntries((entries) => {
        if (entries.length === 0) resolve(found);
        else
          Promise.all(entries.map(filesOf)).then((lists) => {
            found.push(...lists.flat());
            readOn();
          }, reject);
      }, reject);
    readOn();
  });
}

async function filesIn(transfer: DataTransfer): Promise<File[]> {
  // Entries must be taken before the event ends; the list of items is emptied after it.
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  const plain = [...transfer.files];
  if (entries.length === 0) return plain;
  return (await Promise.all(entries.map(filesOf))).flat();
}

const carriesFiles = (transfer: DataTransfer | null): transfer is DataTransfer =>
  transfer !== null && transfer.types.includes('Files');

/** True while files are held over the window. */
export function useDrop(take: (files: readonly File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const move = (change: number) => (event: DragEvent) => {
      if (!carriesFiles(event.dataTransfer)) return;
      event.preventDefault();
      depth = Math.max(0, depth + change);
      setOver(depth > 0);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      depth = 0;
      setOver(false);
      if (carriesFiles(event.dataTransfer)) void filesIn(event.dataTransfer).then(take);
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) take(files);
    };
    const enter = move(1);
    const leave = move(-1);
    const stay = move(0);
    document.addEventListener('dragenter', enter);
    document.addEventListener('dragleave', leave);
    document.addEventListener('dragover', stay);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragenter', enter);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('dragover', stay);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, [take]);
  return over;
}
