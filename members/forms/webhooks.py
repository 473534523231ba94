from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Webhook
from members.webhooks import EVENTS
from portal.lib.forms import StyledForm
from portal.lib.outgoing import LONGEST_URL


class WebhookForm(StyledForm):
    address = forms.CharField(
        label=_("地址"), max_length=LONGEST_URL,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
        help_text=_("贵单位系统的接收地址，以 https:// 开头；不能是内部网络的地址。"),
    )  # fmt: skip
    events = forms.MultipleChoiceField(label=_("推送哪些事件"), widget=forms.CheckboxSelectMultiple)
    algorithm = forms.ChoiceField(
        label=_("签名算法"), choices=Webhook.Algorithm.choices, initial=Webhook.Algorithm.SHA256,
        widget=forms.RadioSelect, help_text=_("国密环境选 HMAC-SM3。"),
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["events"].choices = list(EVENTS.items())
        self.fields["events"].initial = list(EVENTS)
