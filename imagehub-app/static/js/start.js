// "Try again in <strong>6</strong> s." Said once by a screen reader, not once a second.
all("[data-retry-after]").forEach((element) => {
  element.setAttribute("aria-live", "off");
  countDown(
    one("strong", element) || element,
    Number(element.dataset.retryAfter) || 1,
    () => { element.textContent = "You can try again now."; },
    (left) => String(left),
  );
});
all("[data-hash]").forEach(drawPlaceholder);
all("[data-pull]").forEach(wirePull);
all("form[data-upload]").forEach(wireUpload);
all("form[data-batch]").forEach(wireSelection);
all("input[data-tags]").forEach(wireTags);
all("[data-copy]").forEach(wireCopy);
wireKeys(all("[data-gallery]").map(wireLightbox)[0] || null);
