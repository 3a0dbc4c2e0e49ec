"""What a training in SageMaker costs, where somebody is about to ask for one."""

from django import template

from annotation.models import SagemakerAccount
from annotation.reports.sagemaker import CostEstimate, estimate

register = template.Library()


@register.simple_tag
def sagemaker_cost() -> CostEstimate | None:
    """None where no training may run there."""
    account = SagemakerAccount.objects.current()
    return estimate(account) if account.may_leave else None
