// Completion of tags: what the server knows, for the last word of a comma list too.
function wireTags(input) {
  const list = input.list;
  if (!list) return;
  let asked = "";
  let timer = 0;
  async function fill() {
    const parts = input.value.split(",");
    const prefix = parts.pop().trim();
    if (prefix === asked) return;
    asked = prefix;
    try {
      const answer = await fetch(`/t/${input.dataset.tags}/tags?prefix=${encodeURIComponent(prefix)}`, { headers: { accept: "application/json" } });
      if (!answer.ok || prefix !== asked) return;
      const before = input.type === "search" ? "" : parts.map((part) => `${part.trim()}, `).join("");
      const { tags } = await answer.json();
      list.replaceChildren(...tags.map(({ tag }) => make("option", { value: before + tag })));
    } catch { /* Without completion, one types the whole tag. */ }
  }
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(fill, 150); });
  input.addEventListener("focus", fill);
}
