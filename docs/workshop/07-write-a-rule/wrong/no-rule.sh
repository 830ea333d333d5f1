# your filter runs, and no rule of it is asked
. docs/workshop/07-write-a-rule/steps.sh
from_example my-filter
compile my-filter
load my-filter
