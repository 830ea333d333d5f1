// Files dropped anywhere on the page.
function acceptDrops(form, add) {
  let depth = 0;
  let ours = false;
  const leave = () => { depth = 0; document.body.classList.remove("dropping"); form.classList.remove("over"); };
  // A picture of this page that is dragged carries a file, too: its thumbnail.
  const carriesFiles = (event) => !ours && event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragstart", () => { ours = true; });
  document.addEventListener("dragend", () => { ours = false; });
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; form.classList.add("over"); document.body.classList.add("dropping"); } });
  document.addEventListener("dragleave", (event) => { if (carriesFiles(event) && (depth -= 1) <= 0) leave(); });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    leave();
    add(...filesAndFolders(event.dataTransfer));
  });
}

// A folder looks like a file that cannot be read.
function filesAndFolders(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ file: item.getAsFile(), entry: item.webkitGetAsEntry && item.webkitGetAsEntry() }));
  const isFolder = ({ entry }) => Boolean(entry && entry.isDirectory);
  const reason = "a folder: open it and take the pictures in it";
  return [
    items.filter((item) => !isFolder(item) && item.file).map(({ file }) => file),
    items.filter(isFolder).map(({ entry }) => ({ name: entry.name, reason })),
  ];
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
