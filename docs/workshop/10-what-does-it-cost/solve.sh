. docs/workshop/10-what-does-it-cost/steps.sh
[ -e "$FIGURES/filter.json" ] || measure >/dev/null
answer "$(added | cut -f 2 | grep -v -e '^no filter$' -e '^Lua$' | head -1)"
