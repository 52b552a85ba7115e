/** Bytes as base64. The browser does the work outside of the app's own thread. */
export function base64Of(bytes: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(',') + 1));
    };
    reader.onerror = () => reject(reader.error ?? new Error('not readable'));
    // The type would only stand in front of the data.
    reader.readAsDataURL(bytes.slice(0, bytes.size, ''));
  });
}
