# this is the policy as it is shipped
. docs/workshop/11-take-it-elsewhere/steps.sh
to_folder mine
run_envoy mine
