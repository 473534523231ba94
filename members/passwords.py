"""What a password must be, and what makes a link to reset it work. The rules come from SecurityPolicy."""

import unicodedata

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import PasswordRecord, SecurityPolicy
from portal.lib import pinyin

# What everybody would try first here, beside the common ones of the whole world.
PRODUCT_WORDS = {"zhengci", "xianjie", "jiuzhu", "cishan", "minzheng", "zhuanjie", "政慈", "救助", "慈善", "民政"}
CLASSES = (
    ("upper", gettext_lazy("大写字母")),
    ("lower", gettext_lazy("小写字母")),
    ("digit", gettext_lazy("数字")),
    ("other", gettext_lazy("符号")),
)


class PolicyValidator:
    """Django's password validator that asks the policy of the deployment."""

    def validate(self, password, user=None):
        policy = SecurityPolicy.current()
        faults = [*_shape_faults(password, policy), *_context_faults(password, user), *_common_faults(password)]
        if not faults and user is not None and user.pk:
            faults = _history_faults(password, user, policy)
        if faults:
            raise ValidationError(faults)

    def get_help_text(self):
        policy = SecurityPolicy.current()
        text = _("至少 %(length)d 个字符") % {"length": policy.min_length}
        if policy.asks_for_classes:
            text += _("，包含大写字母、小写字母、数字、符号中的至少 %(classes)d 类") % {"classes": policy.classes}
        return text + _("；不能含有登录名、姓名拼音或单位名称，不能是常见口令。")


def classes_of(password):
    """Which of the four classes occur. Letters without case, such as Chinese ones, count as symbols."""
    return {
        "upper" if c.isupper() else "lower" if c.islower() else "digit" if c.isdigit() else "other" for c in password
    }


def _shape_faults(password, policy):
    if len(password) < policy.min_length:
        yield _("口令至少要有 %(length)d 个字符。") % {"length": policy.min_length}
    if len(password) > 128:
        yield _("口令不能超过 128 个字符。")
    if len(classes_of(password)) < policy.asks_for_classes:
        yield _("口令要包含大写字母、小写字母、数字、符号中的至少 %(classes)d 类。") % {"classes": policy.classes}


def _common_faults(password):
    try:
        CommonPasswordValidator().validate(_plain(password))
        CommonPasswordValidator().validate(_plain(password).rstrip("0123456789!@#$%^&*._-"))
    except ValidationError:
        yield _("这是常见口令，容易被猜中，请换一个。")


def _context_faults(password, user):
    plain = _plain(password)
    found = sorted(word for word in context_words(user) if word in plain)
    if found:
        yield _("口令不能含有登录名、姓名拼音、单位名称或系统名称。")


def context_words(user):
    """What a stranger who knows the person and the unit would try. Words under four letters would hit by chance."""
    words = set(PRODUCT_WORDS)
    if user is not None:
        words.add(_plain(user.username))
        words |= _spellings(user.name)
        if user.organization_id:
            words |= _spellings(user.organization.name) | _spellings(user.organization.short_name)
    return {word for word in words if len(word) >= 4 or (len(word) >= 2 and not word.isascii())}


def _spellings(name):
    syllables = pinyin.library().lazy_pinyin(name)
    return {_plain(name), _plain("".join(syllables)), _plain("".join(s[:1] for s in syllables))}


def _plain(text):
    return unicodedata.normalize("NFKC", text or "").casefold().strip()


def _history_faults(password, user, policy):
    recent = PasswordRecord.objects.filter(staff=user)[: policy.history]
    used = [user.password, *(record.password for record in recent)] if policy.history else []
    if any(check_password(password, old) for old in used):
        return [_("不能再用最近 %(count)d 次用过的口令。") % {"count": policy.history}]
    return []


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Works once (a new password changes the hash), for an hour, and never for a person who is not active."""

    def check_token(self, user, token):
        return bool(user and user.is_active) and super().check_token(user, token)

    def _make_hash_value(self, user, timestamp):
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


reset_tokens = ResetTokenGenerator()
