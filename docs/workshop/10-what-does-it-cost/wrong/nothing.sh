# without a filter nothing is added, and nothing is done
. docs/workshop/10-what-does-it-cost/steps.sh
[ -e "$FIGURES/filter.json" ] || measure >/dev/null
answer 'no filter'
