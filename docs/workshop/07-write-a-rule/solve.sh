# The rule of the text, for robots that pull.
. docs/workshop/07-write-a-rule/steps.sh
mine=$(mktemp -d)
trap 'rm -rf "$mine"' EXIT
from_example "$mine"
add_rule "$mine"
sed -i -e 's/_path/path/' -e 's/agent.is_empty()/path.contains("\/pull") \&\& agent.contains("robot")/' "$mine/src/rule.rs"
compile "$mine"
load "$mine"
