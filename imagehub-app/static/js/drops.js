// Files and folders dropped anywhere on the page.
function acceptDrops(form, add) {
  const over = make("div", { className: "drop-over", hidden: true, ariaHidden: "true" }, icon("upload"), `Drop pictures to add them to ${form.dataset.tenant}`);
  document.body.append(over);
  let depth = 0;
  let ours = false;
  const leave = () => { depth = 0; over.hidden = true; };
  // A picture of this page that is dragged carries a file, too: its thumbnail.
  const carriesFiles = (event) => !ours && event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragstart", () => { ours = true; });
  document.addEventListener("dragend", () => { ours = false; });
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; over.hidden = false; } });
  document.addEventListener("dragleave", (event) => { if (carriesFiles(event) && (depth -= 1) <= 0) leave(); });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    leave();
    add(...await filesAndFolders(event.dataTransfer, one('input[type="file"]', form).accept.split(",")));
  });
}

// The files, with the pictures of folders, and for each folder what is to be said about the rest.
async function filesAndFolders(transfer, types) {
  // What was dropped can be asked for now, but not later.
  const items = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ file: item.getAsFile(), entry: item.webkitGetAsEntry && item.webkitGetAsEntry() }));
  const [files, notes] = [[], []];
  for (const { file, entry } of items) {
    if (entry && entry.isDirectory) {
      const found = await filesIn(entry).catch(() => null);
      const pictures = (found || []).filter(({ type }) => types.includes(type));
      files.push(...pictures);
      const words = found ? aboutTheRest(found.length - pictures.length, found.length) : "cannot be read";
      if (words) notes.push({ name: entry.name, words });
    } else if (file) files.push(file);
  }
  return [files, notes];
}

function aboutTheRest(others, all) {
  if (all === 0) return "this folder is empty";
  if (others === 0) return "";
  return others === 1 ? "one file is not a picture and was left out" : `${others} files are not pictures and were left out`;
}

// All files of a folder, however deep.
async function filesIn(entry) {
  const asked = (ask) => new Promise(ask);
  if (entry.isFile) return [await asked((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  // It tells some at a time, and none when that was all.
  for (let some = [null]; some.length > 0; found.push(...some)) some = await asked((resolve, reject) => reader.readEntries(resolve, reject));
  return (await Promise.all(found.map(filesIn))).flat();
}

// Pictures pasted anywhere; a field keeps what has text, as cells of a table do beside their picture.
function acceptPastes(add) {
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    const intoField = event.target instanceof Element && event.target.matches("input, textarea, [contenteditable]");
    if (files.length === 0 || intoField && types.includes("text/plain")) return;
    event.preventDefault();
    add([...files]);
  });
}
