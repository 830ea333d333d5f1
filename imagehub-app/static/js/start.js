// A browser may show a page that it kept since before a log-out.
addEventListener("pageshow", (event) => event.persisted && location.reload());
all("[data-retry-after]").forEach(wireRetry);
all("[data-mesh]").forEach(watchFilter);
all("[data-copy]").forEach(wireCopy);
all("[data-save]").forEach(wireSave);
all("[type=password]").forEach(wirePassword);
wireKeys();
