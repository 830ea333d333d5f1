# the rule is to ask for the path as well
. docs/workshop/07-write-a-rule/steps.sh
from_example my-filter
add_rule my-filter
sed -i 's/agent.is_empty()/agent.contains("robot")/' my-filter/src/rule.rs
compile my-filter
load my-filter
