"""Writing on a case: a note or a message with its files, and files for a question or a report."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm
from referrals.actions.notes import LONGEST
from referrals.forms.documents import FilesField, kinds_by_item
from referrals.models import CaseNote

HINTS = {
    CaseNote.Audience.OWN: _("只有本单位"),
    CaseNote.Audience.BOTH: _("双方（对方经办人会收到提醒）"),
    CaseNote.Audience.ALL: _("所有能看到本案的单位（见“谁能看到”）"),
}


class FilesForm(StyledForm):
    """Each file is looked at; one that is refused says why, and nothing is kept."""

    files = FilesField(
        label=_("附件"), required=False, help_text=_("PDF、JPEG、PNG 或 iPhone 的 HEIC，可以一次选几个。")
    )
    paper = forms.ChoiceField(
        label=_("附件里有本人的什么材料"), required=False,
        help_text=_("有的，对方按本人的同意才能打开；没有同意的不能发给对方。"),
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["paper"].choices = [("", _("没有本人的信息")), *kinds_by_item()]

    def clean_files(self):
        judged = self.cleaned_data["files"] or []
        for name, _file, fault in judged:
            if fault:
                self.add_error("files", f"{name}：{fault}")
        return [file for _name, file, fault in judged if not fault]


class NoteForm(FilesForm):
    audience = forms.ChoiceField(label=_("谁能看到"), choices=(), widget=forms.RadioSelect)
    text = forms.CharField(label=_("内容"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}))

    field_order = ["text", "audience", "files", "paper"]

    def __init__(self, *args, audiences, **options):
        super().__init__(*args, **options)
        self.fields["audience"].choices = [(one.value, HINTS[one]) for one in audiences]
        self.initial.setdefault("audience", CaseNote.Audience.OWN)


class WithdrawForm(StyledForm):
    reason = forms.CharField(label=_("撤回的原因"), max_length=200)
