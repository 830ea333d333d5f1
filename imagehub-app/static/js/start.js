// A browser may show a page that it kept since before a log-out.
addEventListener("pageshow", (event) => event.persisted && location.reload());
all("[data-retry-after]").forEach(wireRetry);
all("[data-hash]").forEach(drawPlaceholder);
wireLatePictures();
all("[data-mesh]").forEach(watchFilter);
all("[data-pull]").forEach(wirePull);
all("form[data-upload]").forEach(wireUpload);
all("form[data-batch]").forEach(wireSelection);
all("input[data-tags]").forEach(wireTags);
all("[data-order]").forEach(wireOrder);
all("[data-copy]").forEach(wireCopy);
all("[data-save]").forEach(wireSave);
all("[type=password]").forEach(wirePassword);
all("[data-play]").forEach(wirePlay);
wireKeys(all("[data-gallery], [data-zoom]").map(wireLightbox)[0] || null);
