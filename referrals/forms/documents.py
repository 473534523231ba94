"""Papers: several files at once, each judged for itself; what they are; and which paper a fact rests on."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.lib import uploads
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField, style
from referrals.actions.documents import SCANS
from referrals.items import item_of_paper
from referrals.kinds import PaperKind
from referrals.models import Consent, Document

MOST_AT_ONCE = 20
# A browser that is told of HEIC hands it over as it is; told of JPEG alone, an iPhone converts it by itself.
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.heic,.heif,application/pdf,image/jpeg,image/png,image/heic,image/heif"


class FilesInput(forms.FileInput):
    """Several at once. The browser does not insist: a photograph, or what was kept already, may be all there is."""

    allow_multiple_selected = True

    def use_required_attribute(self, initial):
        return False


class FilesField(forms.FileField):
    """[(the file's name, the checked file or None, why it is refused)]: one that is refused leaves the others alone."""

    def __init__(self, **options):
        super().__init__(widget=FilesInput(attrs={"multiple": True, "accept": ACCEPTED}), **options)

    def clean(self, data, initial=None):
        """Without any there is nothing to judge; the form says so."""
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(files) > MOST_AT_ONCE:
            raise ValidationError(_("一次最多 %(most)d 个文件，请分几次上传。"), params={"most": MOST_AT_ONCE})
        return [self._judged(one) for one in files]

    def _judged(self, upload):
        name = uploads.safe_name(upload.name, "x").removesuffix(".x")
        try:
            return name, uploads.check(upload, SCANS), ""
        except ValidationError as error:
            return name, None, " ".join(error.messages)


def kinds_by_item():
    """The kinds of paper under the items that they belong to: what a consent speaks of."""
    groups = {}
    for kind in PaperKind:
        groups.setdefault(str(item_of_paper(kind).label), []).append((kind.value, kind.label))
    return list(groups.items())


class DescriptionForm(StyledForm):
    """What a paper is; of a new one and of one that is there."""

    kind = forms.ChoiceField(label=_("材料种类"), choices=())
    title = forms.CharField(
        label=_("说明"),
        max_length=80,
        required=False,
        help_text=_("例如：2026 年 3 月出院诊断。加密保存，接收单位看不到。"),
    )
    issued_on = DayField(label=_("出具日期"), required=False)
    valid_until = DayField(label=_("有效期至"), required=False, help_text=_("长期有效或没有期限的不填。"))
    consent = forms.ModelChoiceField(
        Consent.objects.none(), label=_("与哪份同意有关"), required=False, help_text=_("例如代理人的委托书。")
    )

    def __init__(self, *args, person, **options):
        super().__init__(*args, **options)
        self.fields["kind"].choices = [("", _("请选择")), *kinds_by_item()]
        given = Consent.objects.of(person).given().order_by("-pk")
        self.fields["consent"].queryset = given
        self.fields["consent"].label_from_instance = _consent_words
        if not given.exists():
            del self.fields["consent"]

    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name not in {"files", "photo", "version"}}


def _consent_words(consent):
    return f"{consent.get_purpose_display()} {consent.signed_on or ''} {consent.code}"


class DocumentsForm(DescriptionForm):
    files = FilesField(
        label=_("文件"),
        help_text=_("PDF、JPEG、PNG 或 iPhone 的 HEIC，可以一次选几个；照片里的拍摄地点和时间会去掉。"),
    )  # fmt: skip
    photo = FilesField(label=_("现在拍照"), required=False)

    field_order = ["kind", "files", "photo", "title", "issued_on", "valid_until", "consent"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        camera = {"multiple": False, "accept": "image/*", "capture": "environment"}
        self.fields["photo"].widget.attrs.update(camera)

    def clean(self):
        values = super().clean()
        if not self.errors and not self.judged():
            self.add_error("files", _("请选择文件。"))
        return values

    def judged(self):
        return [*self.cleaned_data.get("files", ()), *self.cleaned_data.get("photo", ())]


class ChangeDocumentForm(DescriptionForm):
    version = VersionField(required=False)


def offer_documents(form, person, held=None):
    """The papers that are kept already, beside what somebody types about where a fact comes from; and the one that
    was chosen before (`held`), although it was put aside since."""
    kept = Document.objects.filter(Q(put_aside_at=None) & ~Q(file_key="") | Q(pk=held), person=person)
    if kept.exists():
        field = forms.ModelChoiceField(
            kept, label=_("依据的材料"), required=False, help_text=_("已经收存的材料；没有的先到“材料”里上传。"),
            to_field_name="code",
        )  # fmt: skip
        field.label_from_instance = document_words
        style(field)
        form.fields["document"] = field
    return form


def document_words(document):
    words = (document.get_kind_display(), document.title, f"{document.issued_on or ''}")
    return " · ".join(str(word) for word in words if word)
