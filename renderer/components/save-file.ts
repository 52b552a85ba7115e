/** Hands a file to the browser's own way of saving. */
export function saveFile(content: string, type: string, name: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the bytes once the click returned; a moment more does no harm.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
