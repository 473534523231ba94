"""The editor of a draft: the program as a family reads it, its settings section by section, and a check of all."""

import copy
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.access import Refusal, Stale
from members.models import PolicyDocument
from members.profiles import profile_of
from portal.lib.forms import refuse_hidden_marks
from programs import catalogue
from programs.access import may, requires, versions_for
from programs.actions import programs as actions
from programs.editing import areas, changes, naming, outline, preview, trial
from programs.editing.fields import Faults
from programs.editing.places import head, padded
from programs.editing.sections import section_of, sections_of
from programs.models import LocalFact, ProgramVersion
from programs.remarks import findings_of
from programs.views.effects import trial_of
from programs.views.programs import find, paragraphs_of


@requires("program.edit")
@require_http_methods(["GET", "POST"])
def edit_version(request, code, number):
    version = _draft(request, code, number)
    if version.state != ProgramVersion.State.DRAFT:
        messages.info(request, _("这一版已经不是草稿，不能再改。"))
        return redirect("programs:show_version", code, number)
    editor = Editor(request, version)
    return editor.save() if request.method == "POST" else editor.page()


def _draft(request, code, number):
    program = find(request, code)
    if not may(request.user, "program.edit", program):
        raise PermissionDenied
    version = get_object_or_404(versions_for(request.user, program).select_related("written_by"), number=number)
    version.program = program
    return version


class Editor:
    """One request to the editor: which section is open, what was typed in it, what comes of it."""

    def __init__(self, request, version):
        self.request, self.version, self.program = request, version, version.program
        self.sections = sections_of(version.program)
        asked = request.GET.get("section", "")
        self.name = asked if asked in self.sections else next(iter(self.sections))
        self.module = self.sections[self.name]
        self.words = catalogue.vocabulary()
        self.posted = request.POST if request.method == "POST" else None
        # The field to go to when the page comes back.
        self.at = ""

    @property
    def url(self):
        return reverse("programs:edit_version", args=[self.program.code, self.version.number])

    # -- Saving -------------------------------------------------------------------------------------------------------
    def save(self):
        """What was typed is kept, right or wrong; only what no text can hold, and what somebody else changed, asks."""
        definition, about = self._typed(), self._about()
        try:
            self._refuse_marks()
            if about or definition != self.version.definition or self._revision() != self.version.revision:
                actions.save_draft(self.request.user, self.version, self._revision(), definition, **about)
        except Stale as stale:
            return self.page(definition, stale=stale, status=409)
        except Refusal as refusal:
            return self.page(definition, refusal=refusal.message, status=422)
        if self.request.headers.get("X-Editor"):
            return self.page()
        messages.success(self.request, _("已保存。"))
        tried = {name: self.posted[name] for name in self.posted if name.startswith(f"{trial.PREFIX}.")}
        query = urlencode({"section": self.name} | tried)
        return redirect(f"{self.url}?{query}" + (f"#{self.at}" if self.at else ""))

    def _typed(self):
        """The definition with what was typed in this section, and with what the button does to its rows."""
        definition = padded(copy.deepcopy(self.version.definition), self.posted, self.module.KEYS)
        definition = self.module.read(self.posted, definition, self.words)
        do = self.posted.get("do", "")
        if head(do.partition(":")[2]) not in self.module.KEYS:
            return definition
        changed = changes.changed(definition, do, lambda place: self.module.blank(place, definition))
        self.at = changes.target(do, changed)
        return changed

    def _about(self):
        """What belongs to the version and not to its text, where it was changed."""
        changed, note = {}, self.posted.get("version.note")
        if note is not None and (note := note.replace("\r\n", "\n")) != self.version.note:
            changed["note"] = note
        if "version.policies" in self.posted:
            codes = [code for code in self.posted.getlist("version.policies")[:50] if code.isalnum()]
            chosen = PolicyDocument.objects.filter(code__in=codes)
            if {policy.pk for policy in chosen} != set(self.version.policies.values_list("pk", flat=True)):
                changed["policies"] = list(chosen)
        return changed

    def _refuse_marks(self):
        for name in self.posted:
            for text in self.posted.getlist(name):
                try:
                    refuse_hidden_marks(text)
                except ValidationError as error:
                    words = {"place": naming.in_words(name), "message": " ".join(error.messages)}
                    raise Refusal(_("%(place)s：%(message)s") % words) from error

    def _revision(self):
        text = self.posted.get("revision", "")
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    # -- Showing ------------------------------------------------------------------------------------------------------
    def page(self, definition=None, *, stale=None, refusal="", status=200):
        shown = self.version.definition if definition is None else definition
        findings = findings_of(shown, self.words)
        faults = Faults([one for one in findings if one.is_grave], [one for one in findings if not one.is_grave])
        retired = set(LocalFact.objects.exclude(retired_at=None).values_list("name", flat=True))
        drawn = {
            name: module.fields(
                shown, faults, self.words, self.posted or self.request.GET, retired, **self._about_region(name)
            )
            for name, module in self.sections.items()
        }
        context = {
            "version": self.version,
            "program": self.program,
            "section": self.name,
            "section_title": self.module.TITLE,
            "section_template": f"programs/editing/_{self.name}.html",
            "tabs": self._tabs(faults),
            "faults": faults,
            "check": self._lines(faults.faults, faults),
            "hints": self._lines(faults.hints, faults),
            "revision": stale.current.revision if stale else self.version.revision,
            "stale": stale,
            "refusal": refusal,
            "differing": self._differing(stale, shown) if stale else [],
            "areas": areas.around(self.program.organization.area),
            "note": self.posted.get("version.note", "") if self.posted else self.version.note,
            "policies": self._policies() if self.name == "basics" else [],
            "may_submit": may(self.request.user, "program.submit", self.program),
            "at": self.at,
            **self._read(shown),
            "may_sample": True,
            **drawn[self.name],
        }
        return render(self.request, "programs/edit.html", context, status=status)

    def _about_region(self, name):
        """Which classification of projects the region uses."""
        if name != "basics":
            return {}
        return {"kind_set": profile_of(self.program.organization.area).project_kind_set}

    def _tabs(self, faults):
        counts = {}
        for fault in faults.faults:
            name = section_of(head(fault.place), self.sections)
            counts[name] = counts.get(name, 0) + 1
        return [(name, module.TITLE, counts.get(name, 0)) for name, module in self.sections.items()]

    def _lines(self, findings, faults):
        """[(where in words, what is wrong, link to the field)]"""
        lines = []
        for one in findings:
            section = section_of(head(one.place), self.sections)
            target = faults.target(one.place)
            link = f"{self.url}?section={section}" + (f"#{target}" if target else "")
            if section == self.name and target:
                link = f"#{target}"
            lines.append((naming.in_words(one.place), one.message, link))
        return lines

    def _read(self, definition):
        """As the family will read it, without what cannot be read yet; and tried on samples where all can be read."""
        program, left_out = preview.readable(definition, self.words)
        text = ""
        if program:
            words = paragraphs_of(program, self.words)
            words |= {"is_unfinished": True, "lacks_benefit": preview.lacks_benefit(program)}
            text = render_to_string("programs/_definition.html", words, self.request)
        is_whole = program is not None and not left_out and not program.is_container
        return {
            "preview": {"text": text, "left_out": len(left_out)},
            "trial": trial_of(self.version, program) if is_whole else None,
        }

    def _differing(self, stale, mine):
        rows = outline.differing(stale.current.definition, mine, self.module.KEYS)
        return [(naming.in_words(place), theirs, own) for place, theirs, own in rows]

    def _policies(self):
        chosen = set(self.version.policies.values_list("code", flat=True))
        if self.posted:
            chosen = set(self.posted.getlist("version.policies"))
        found = PolicyDocument.objects.order_by("title", "code")[:500]
        return [(policy.code, str(policy), policy.code in chosen) for policy in found]
