/** Opens the window: the look before anything is drawn, then the words, the station, the places. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createJobStore } from './hooks/jobs.ts';
import { preferences } from './hooks/preferences.ts';
import { createTransferStore } from './hooks/file-transfers.ts';
import { openClient } from './station.ts';
import './styles/index.css';
import { languageFor } from '../shared/languages.ts';
import { openWords } from './i18n.ts';

const { look, language } = preferences();
document.documentElement.dataset['look'] = look;
const words = openWords(languageFor(language, navigator.languages));

const place = document.getElementById('window');
if (place === null) throw new Error('index.html has no #window');
openClient().then(
  (client) => {
    const [jobs, transfers] = [createJobStore(client), createTransferStore(client)];
    createRoot(place).render(
      <StrictMode>
        <App client={client} jobs={jobs} transfers={transfers} words={words} />
      </StrictMode>,
    );
  },
  (failure: unknown) => {
    place.textContent = failure instanceof Error ? failure.message : String(failure);
  },
);
