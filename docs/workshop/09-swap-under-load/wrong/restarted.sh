# the sidecar was restarted: a module is changed while it runs
hub filter on "$MENDED_MODULE"
hub restart sidecar
