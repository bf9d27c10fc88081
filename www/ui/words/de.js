// @ts-check
/** Die Worte der Seite auf Deutsch. */

/** @typedef {import("../../limn/error.js").Code} Code */

export const page = {
  title: "Limn: dein Porträt, gemalt",
  tagline: "Malt deine Kamera oder ein Foto.",
  emptyTitle: "Dein Porträt, hier gemalt",
  emptyHint: "Kamera starten oder Foto wählen: nichts verlässt dieses Gerät.",
  hero: "Drei Porträts, links einer Linie fotografiert und rechts davon gemalt",
  noticeClose: "OK",
  noticeCloseHint: "Hinweis wegräumen",
  sample: "Beispiel ansehen",
  dropHint: "Loslassen, um Fotos oder ein Video zu malen",
  camera: "Kamera starten",
  cameraStop: "Kamera stoppen",
  file: "Datei wählen",
  cameraTools: "Aufnehmen und fotografieren",
  record: "Aufnehmen",
  recordStop: "Stopp",
  recordHint: "Das Gemälde als Video aufnehmen",
  microphone: "Ton",
  microphoneHint: "Auch das Mikrofon aufnehmen",
  timer: "Timer",
  timerHint: "Ein Bild nach 3 Sekunden",
  series: "4 Bilder",
  seriesHint: "4 Bilder, eins pro Sekunde, nach 3 Sekunden",
  turn: "Kamera wechseln",
  turnHint: "Zur anderen Kamera wechseln",
  shelf: "Letzte Ergebnisse",
  shelfHint: "Liegen im Arbeitsspeicher und sind fort, sobald der Tab geschlossen wird.",
  shelfClear: "Alle löschen",
  viewerNewer: "Neuer",
  viewerOlder: "Älter",
  viewerSave: "Sichern",
  viewerDelete: "Löschen",
  player: "Das Video abspielen und exportieren",
  play: "Abspielen",
  pause: "Pause",
  seek: "Position",
  loop: "Schleife",
  sound: "Ton",
  export: "Export",
  exportHint: "Jedes Bild malen und das Video sichern",
  snap: "Foto machen",
  compare: "Vergleich",
  compareHint: "Das Original neben dem Gemälde sehen; oder das Bild gedrückt halten",
  wipe: "Wo das Gemälde beginnt",
  save: "Sichern",
  saveHint: "Als JPEG, das sich überall öffnen lässt",
  zoom: "Zoom",
  zoomIn: "Größer",
  zoomOut: "Kleiner",
  zoomFit: "das ganze Bild zeigen",
  zoomSharp: "jedes Pixel zeigen, wie es ist",
  undo: "Rückgängig",
  redo: "Wiederholen",
  crop: "Zuschneiden",
  four: "Vier Stile",
  results: "Mehr mit dem Bild tun",
  savePng: "Als PNG",
  copy: "Kopieren",
  share: "Teilen",
  panel: "Stil und Pinsel",
  controls: "Pinsel",
  style: "Stil",
  preview: "Vorschau mit meinem Bild",
  previewHint: "Malt die Vorschau jedes Stils von deinem Bild, hier auf diesem Gerät.",
  brush: "Pinselgröße",
  brushHint: "Kleine Pinsel ziehen feinere Striche und brauchen länger.",
  mixWith: "Mischen mit",
  mixNone: "Nichts",
  cancel: "Abbrechen",
  quality: "Qualität",
  qualityAuto: "Automatisch",
  qualityHint: "Feinere Netze ziehen bessere Linien und brauchen länger.",
  strength: "Stärke",
  more: "Mehr",
  copyLook: "Link zu diesem Look kopieren",
  copyLookHint: "Stil und Einstellungen; dein Bild nie",
  keepLook: "Stil und Einstellungen auf diesem Gerät merken",
  keepLookHint: "Ohne diesen Haken bleibt nichts von dir hier, und Bilder nie.",
  fidelity: "Farbtreue",
  fidelityHint: "Wie genau das Bild die Farben des Fotos behält.",
  colour: "Farben",
  match: "Farben eines Bildes",
  matchChoose: "Wählen …",
  matchHint: "Ein Foto wird in Licht und Farben eines anderen Fotos oder eines Gemäldes gemalt.",
  matchPicture: "Das Bild, in dessen Farben gemalt wird",
  matchStrength: "Wie weit",
  matchRemove: "Eigene Farben",
  colourHint: "Von denen des Fotos zu denen des Stils, wo der Stil eigene hat.",
  texture: "Textur",
  textureHint: "Wie sehr man Papier, Leinwand oder Druck sieht.",
  reset: "Zurücksetzen",
  about: "Über diesen Stil",
  privacy: "Privat: Bilder verlassen dieses Gerät nie. Diese Seite schickt nichts fort.",
  how: "Woher weiß ich das?",
  offline: "Geht auch ohne Netz.",
  updateReady: "Eine neue Version von Limn ist da. Neu laden schließt das gezeigte Bild.",
  updateOtherTabs: "Schließe zuerst die anderen Tabs mit Limn. Oder komm einfach später wieder, dann ist sie da.",
  reload: "Neu laden",
  close: "Schließen",
  aboutShow: "Über Limn",
  keysShow: "Tasten",
  useCpu: "Mit der CPU malen",
  titleDone: "✓ Fertig · Limn",
  paintedPicture: "Das gemalte Bild",
  originalPicture: "Das Foto vor dem Malen",
  cameraPicture: "Das Kamerabild vor dem Malen",
  filmPicture: "Das Video vor dem Malen",
};

export const status = {
  starting: "Die Pinsel werden bereitgelegt…",
  previewing: "Die Vorschaubilder werden gemalt…",
  previewed: "Die Vorschaubilder zeigen jetzt dein Bild.",
  ready: "Bereit.",
  cameraAsking: "Erlaube die Kamera in der Frage des Browsers, dann geht es los.",
  cameraWaiting: "Die Kamera läuft. Die Engine wird vorbereitet…",
  cameraOn: "Deine Kamera wird live gemalt.",
  cameraOff: "Die Kamera ist aus.",
  cameraHidden: "Die Kamera wurde ausgeschaltet, während diese Seite verdeckt war. Starte sie wieder, wenn du magst.",
  videoOpening: "Das Video wird geöffnet…",
  videoWaiting: "Das Video ist offen. Die Engine wird vorbereitet…",
  videoOn: "Das Video wird gemalt.",
  photoOpening: "Das Foto wird geöffnet…",
  photoPainting: "Das Foto wird gemalt…",
  photoPainted: "Gemalt.",
  photoAnimated: "Nur das erste Bild dieser Animation wird gemalt.",
  /** @param {number} shown @param {number} width @param {number} height */
  photoScaled: (shown, width, height) => `Gezeigt mit ${shown} Pixeln, gesichert mit allen ${width} × ${height}.`,
  /** @param {string} title */
  styleLoading: (title) => `Der Stil ${title} wird geladen…`,
  /** @param {string} title */
  styleReady: (title) => `${title} ist bereit.`,
  /** @param {string} first @param {string} second */
  mixed: (first, second) => `${first} und ${second} sind gemischt.`,
  fullSize: "Das Foto wird in voller Größe gemalt…",
  cancelled: "Abgebrochen. Nichts wurde gesichert.",
  shareAgain: "Das Bild ist fertig. Drücke noch einmal auf Teilen.",
  /** @param {string} name */
  saved: (name) => `Gesichert als ${name}.`,
  recording: "Die gemalte Kamera wird aufgenommen.",
  /** @param {string} name @param {string} length @param {string} size */
  recorded: (name, length, size) => `${length} aufgenommen, ${size}. Gesichert als ${name}.`,
  /** @param {number} count */
  shotsTaken: (count) =>
    count === 1 ? "Bild aufgenommen. Es liegt bei den letzten Ergebnissen." : `${count} Bilder aufgenommen. Sie liegen bei den letzten Ergebnissen.`,
  timerCancelled: "Der Selbstauslöser wurde abgebrochen.",
  lookCopied: "Kopiert: ein Link zu diesem Look. Dein Bild ist nicht darin.",
  lookInAddress: "Der Link zu diesem Look steht jetzt in der Adresszeile: Kopiere ihn dort. Dein Bild ist nicht darin.",
  lookOwn: "Ein eigener Stil passt nicht in einen Link.",
  lookUnknown: "Den Stil dieses Links gibt es hier nicht.",
  copied: "Kopiert. Füge das Bild ein, wo du möchtest.",
  /** @param {number} count @param {number} limit */
  restarting: (count, limit) => `Die Engine ist unerwartet stehen geblieben. Neuer Start (${count} von ${limit})…`,
  restarted: "Die Engine läuft wieder.",
  switching: "Die CPU-Engine wird gestartet…",
};

const WEBGPU_BROWSERS =
  "Aktuelle Versionen von Chrome und Edge haben es, Safari ab 26 und Firefox ab 141 (Windows) oder 145 (Apple-Chips).";
const SLOW = "Darum malt die CPU: Live-Bilder sind gröber und langsamer.";

/** @type {Partial<Record<Code, string>>} */
export const cpuReasons = {
  "no-webgpu":
    `Hier lässt sich keine Grafikkarte nutzen (WebGPU). ${SLOW} ` +
    "Vielleicht ist es in den Einstellungen des Browsers abgeschaltet.",
  "software-adapter":
    `Dieser Browser hat WebGPU nur als Software. ${SLOW} ` +
    "Vielleicht ist die Hardwarebeschleunigung in den Einstellungen des Browsers ausgeschaltet.",
  "self-test": `Die Grafikkarte hat Limns Selbsttest nicht bestanden. ${SLOW} Ein neuerer Treiber hilft vielleicht.`,
  "wasm-load": `Die GPU-Engine konnte nicht geladen werden. ${SLOW}`,
};

/** @param {string} code */
export const cpuOther = (code) => `Die GPU-Engine konnte nicht starten (${code}). ${SLOW}`;

export const notice = {
  tryCpu: "Die CPU-Engine braucht keine Grafikkarte; Live-Bilder sind mit ihr gröber und langsamer.",
  cpuChosen: "Die CPU-Engine wurde gewählt: Live-Bilder sind gröber und langsamer.",
};

/** @type {Record<Code, string>} */
export const errors = {
  "no-webgpu": `Dieser Browser bietet kein WebGPU. ${WEBGPU_BROWSERS}`,
  "software-adapter": "Dieser Browser hat WebGPU nur als Software, und die ist zu langsam zum Malen.",
  "self-test": "Die Grafikkarte hat Limns Selbsttest nicht bestanden. Ein neuerer Treiber hilft vielleicht.",
  "device-lost": "Die Verbindung zur Grafikkarte ist abgebrochen.",
  "wasm-load": "Die Engine konnte nicht geladen werden. Prüfe die Verbindung und lade die Seite neu.",
  "crashed": "Die Engine ist unerwartet stehen geblieben.",
  "freed": "Die Engine wurde angehalten.",
  "disposed": "Die Engine wurde angehalten.",
  "cancelled": "Es wurde abgebrochen.",
  "canvas":
    "Der Browser hat keine Leinwand zum Malen hergegeben. Andere Tabs zu schließen oder die Seite neu zu laden hilft vielleicht.",
  "gpu-validation":
    "Die Grafikschnittstelle des Browsers hat einen Schritt des Malens verweigert; an deinem Bild liegt es nicht. Lade die Seite " +
    "neu. Hilft das nicht, dann vielleicht ein neuerer Browser oder Grafiktreiber.",
  "engine-gone": "Die Engine blieb immer wieder stehen und wurde nicht neu gestartet. Lade die Seite neu, um es noch einmal zu versuchen.",
  "part-network": "Dieser Teil der Seite konnte nicht geholt werden. Prüfe die Verbindung und lade die Seite neu.",

  "style-truncated": "Die Datei des Stils ist unvollständig.",
  "style-html": "Statt der Datei des Stils hat der Server eine Webseite geschickt.",
  "style-sha256": "Die Datei des Stils ist nicht die veröffentlichte (ihre Prüfsumme ist eine andere).",
  "style-shape": "Die Datei des Stils enthält ein Netz von unerwarteter Form.",
  "style-format": "Die Datei des Stils ist kein Stil.",
  "style-version": "Die Datei des Stils ist neuer als diese Seite. Lade die Seite neu.",
  "style-http": "Der Server hat die Datei des Stils nicht.",
  "style-network": "Die Datei des Stils konnte nicht geholt werden. Prüfe die Verbindung.",
  "no-style": "Es ist kein Stil geladen, also gibt es nichts, womit gemalt werden könnte.",
  "styles-http": "Die Liste der Stile fehlt auf dem Server.",
  "styles-network": "Die Liste der Stile konnte nicht geholt werden. Prüfe die Verbindung und lade die Seite neu.",
  "styles-format": "Die Liste der Stile ist beschädigt.",
  "styles-origin": "Die Liste der Stile muss von dieser Website kommen.",

  "camera-denied":
    "Die Kamera wurde verweigert. Erlaube sie in der Adresszeile oder den Einstellungen des Browsers, oder wähle ein Foto.",
  "camera-none": "Es wurde keine Kamera gefunden. Schließe eine an, oder wähle ein Foto.",
  "camera-busy":
    "Die Kamera ließ sich nicht starten; vielleicht benutzt sie ein anderes Programm. Schließe es und versuche es noch einmal.",
  "camera-ended":
    "Die Kamera wurde abgezogen oder weggenommen. Schließe sie wieder an und starte sie, oder wähle ein Foto.",
  "camera-insecure":
    "Browser geben die Kamera nur Seiten, die über https oder von localhost geöffnet wurden. Öffne diese Seite mit " +
    "ihrer https-Adresse, oder wähle ein Foto.",
  "camera-failed": "Die Kamera ließ sich nicht starten. Versuche es noch einmal, oder wähle ein Foto.",

  "photo-empty": "Diese Datei ist leer.",
  "video-long":
    "Dieses Video ist für den Export in seiner Größe zu lang, denn das Ergebnis liegt im Arbeitsspeicher. Teile es vorher.",
  "export-unsupported": "Dieser Browser kann keine Videos exportieren.",
  "export-failed": "Das Video konnte nicht exportiert werden. Versuche es noch einmal, oder nimm ein kleineres.",
  "export-interrupted": "Die Engine ist beim Malen des Videos stehen geblieben. Starte den Export noch einmal.",
  "look-storage": "Dieser Browser lässt die Seite nichts auf diesem Gerät merken.",
  "record-failed":
    "Das Gemälde konnte nicht aufgenommen werden. Vielleicht benutzt ein anderes Programm den Video-Encoder; versuche es noch einmal.",
  "record-unsupported": "Dieser Browser kann keine Videos aufnehmen.",
  "microphone-denied":
    "Das Mikrofon wurde verweigert. Erlaube es in der Adresszeile oder den Einstellungen des Browsers, oder nimm ohne Ton auf.",
  "microphone-none": "Es wurde kein Mikrofon gefunden. Schließe eines an, oder nimm ohne Ton auf.",
  "microphone-failed": "Das Mikrofon ließ sich nicht starten. Versuche es noch einmal, oder nimm ohne Ton auf.",
  "no-picture": "In diesem Moment gab es kein gemaltes Bild. Versuche es noch einmal.",

  "video-unreadable":
    "Diese Datei kann der Browser nicht abspielen: Sie ist beschädigt, oder er kennt ihr Format nicht. MP4 mit H.264 und WebM gehen immer.",
  "video-blind": "Diese Datei enthält Ton und kein Bild.",
  "video-damaged": "Das Video ist beschädigt und lässt sich nicht weiter abspielen.",
  "photo-unreadable": "Diese Datei ist kein Bild. JPEG, PNG und WebP gehen immer.",
  "photo-corrupt": "Die Datei dieses Bildes ist beschädigt oder unvollständig. Hole sie noch einmal von ihrer Quelle.",
  "photo-heic":
    "Dieser Browser kann HEIC-Fotos nicht lesen; Safari kann es. Auf dem iPhone gibt es mit Einstellungen → Kamera → Formate → " +
    "Maximale Kompatibilität JPEGs; andere Fotos lassen sich als JPEG exportieren.",
  "photo-format": "Dieser Browser kann Bilder dieser Art nicht lesen. Speichere es als JPEG oder PNG, und öffne dieses.",
  "photo-too-large": "Dieses Bild hat mehr Pixel, als ein Browser zeichnen kann. Öffne eine kleinere Kopie.",
  "photo-memory": "Für ein Bild dieser Größe reicht der Speicher nicht. Schließe andere Tabs, oder öffne eine kleinere Kopie.",
  "photo-none": "Darin war kein Bild. Zieh eine Bild- oder Videodatei hierher, oder füge sie ein.",
  "sample-http": "Das Beispielporträt fehlt auf dem Server.",
  "sample-network": "Das Beispielporträt konnte nicht geholt werden. Prüfe die Verbindung.",
  "bad-image": "Die Engine konnte dieses Bild nicht annehmen.",
  "bad-options": "Die Engine konnte die Einstellungen nicht lesen, die ihr die Seite gab.",
  "too-large": "Dieses Bild ist zu groß für die Engine.",
  "out-of-memory": "Für dieses Bild reicht der Speicher nicht. Schließe andere Tabs oder Programme und versuche es noch einmal.",
  "canvas-too-large": "So große Bilddateien kann dieser Browser nicht schreiben. Wähle eine kleinere Kopie des Fotos.",
  "save-failed": "Das Bild konnte nicht gesichert werden.",
  "copy-failed": "Das Bild konnte nicht kopiert werden. Sichere es stattdessen.",
  "share-failed": "Das Bild konnte nicht geteilt werden. Sichere es stattdessen.",
  "unexpected": "Etwas Unerwartetes ist schiefgegangen.",
};

export const facts = { teacher: "Gelernt von", data: "Fotos", licence: "Lizenz", network: "Netz" };

/** @param {string} quality @param {number} width @param {number | undefined} kilobytes */
export const network = (quality, width, kilobytes) =>
  `${quality} (Breite ${width}${kilobytes ? `, ${kilobytes} kB` : ""})`;

export const qualities = { light: "Leicht", standard: "Normal", fine: "Fein" };

/** @type {string} */
export const software = "Software";

/** @param {number} taken @param {number} count */
export const shot = (taken, count) => `${taken} von ${count}`;

/** @param {string} name */
export const shelfOpen = (name) => `${name} öffnen`;

/** @param {string} title */
export const mixLabel = (title) => `Anteil von ${title}`;

/** @param {string} original @param {string} painted */
export const wipe = (original, painted) => `${original} Original, ${painted} gemalt`;

/** @param {string} title @param {string} why @param {string | null} kept */
export const refused = (title, why, kept) =>
  `${title} konnte nicht verwendet werden. ${why}${kept ? ` ${kept} bleibt in Gebrauch.` : ""}`;

/** @type {Record<string, string>} */
export const styles = {
  pencil: "Bleistift",
  pop: "Pop",
  watercolour: "Aquarell",
  toon: "Zeichentrick",
  linocut: "Linolschnitt",
  comic: "Blaue Tinte",
  neon: "Neon",
  oil: "Öl auf Leinwand",
  banknote: "Banknote",
  newsprint: "Zeitungsdruck",
  chalkboard: "Kreidetafel",
  storybook: "Bilderbuch",
  master: "Alter Meister",
  riso: "Zwei Farben",
};
