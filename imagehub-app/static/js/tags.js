// Completion of tags: what the server knows, for the last word of a comma list too. What stands
// before that word stays as it was typed.
function wireTags(input, number) {
  const shared = input.list;
  const list = make("datalist", { id: `tags-${number}` });
  if (shared) list.append(...all("option", shared).map((option) => option.cloneNode(true)));
  input.after(list);
  input.setAttribute("list", list.id);
  const severalTags = input.type !== "search";
  let answered = list.children.length > 0 ? "" : null;
  let wanted = "";
  let timer = 0;
  async function fill() {
    const [, before, prefix] = severalTags ? /^(.*,\s*|\s*)(.*)$/s.exec(input.value) : ["", "", input.value];
    wanted = before + prefix;
    if (wanted === answered) return;
    try {
      const answer = await fetch(`/t/${input.dataset.tags}/tags?prefix=${encodeURIComponent(prefix.trim())}`, { headers: { accept: "application/json" } });
      if (!answer.ok) return;
      const { tags } = await answer.json();
      if (wanted !== before + prefix) return;
      answered = wanted;
      list.replaceChildren(...tags.map(({ tag }) => make("option", { value: before + tag })));
    } catch { /* Without completion, one types the whole tag. */ }
  }
  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    // What was chosen from the list is a tag; what was typed may be anything.
    if (!severalTags && event.inputType === "insertReplacementText") searchTag(input); else timer = setTimeout(fill, 150);
  });
  input.addEventListener("focus", fill);
}

function searchTag(input) {
  const { action, elements } = input.form;
  location.href = `${action}?${new URLSearchParams({ tag: input.value, order: elements.order.value })}`;
}

// Another order applies at once.
function wireOrder(select) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
