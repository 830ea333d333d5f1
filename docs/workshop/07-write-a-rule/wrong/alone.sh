# your filter took the place of ours
. docs/workshop/07-write-a-rule/steps.sh
from_example my-filter
add_rule my-filter
sed -i -e 's/_path/path/' -e 's/agent.is_empty()/path.contains("\/pull") \&\& agent.contains("robot")/' my-filter/src/rule.rs
compile my-filter
load my-filter 0
