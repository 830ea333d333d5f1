# without a filter nothing is added, and nothing is done
. docs/workshop/10-what-does-it-cost/steps.sh
measure >/dev/null
answer 'no filter'
