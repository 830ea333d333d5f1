# Of the lab's figures.

# added: what each chain adds to a request whose token was seen before, in microseconds of CPU, the least first.
added() {
  # Sorted before it is rounded: two that differ by less than a microsecond stay in order.
  jq -r '[.costs[] | select(.answer == "200, token seen before" and .users == 10)] | sort_by(.added_micros.median)[]
    | [(.added_micros.median | round), .chain] | @tsv' "$FIGURES/filter.json"
}

# measure: the shortest run that there is.
measure() { bench filter --quick --only cost; }

# answer CHAIN: a picture of this title.
answer() {
  curl -sS -f -o /dev/null "$HUB/t/$LAB_USER/images" -H "authorization: Bearer $TOKEN" -F file=@.ci/picture.jpg -F title="$1"
}
