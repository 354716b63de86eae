import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import model_utils.fields
import realtime_notify.models.endpoints
import realtime_notify.models.fields
import realtime_notify.models.humanize
import realtime_notify.models.partial
import realtime_notify.models.profiles
import realtime_notify.models.rendering
import realtime_notify.models.subscriptions
import realtime_notify.models.types
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("whole_at", models.FloatField(db_index=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="BroadcastCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(default=0, verbose_name="number")),
            ],
            options={
                "verbose_name": "broadcast counter",
                "verbose_name_plural": "broadcast counters",
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "modified",
                    model_utils.fields.AutoLastModifiedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modified"
                    ),
                ),
                ("name", models.CharField(max_length=128, verbose_name="name")),
                (
                    "url",
                    models.CharField(
                        max_length=2000,
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="URL",
                    ),
                ),
                (
                    "keys",
                    models.JSONField(
                        default=list,
                        help_text='Globs of the keys of types, such as ["comment/*"]; "**" is every type.',
                        validators=[realtime_notify.models.endpoints.check_keys],
                        verbose_name="keys",
                    ),
                ),
                (
                    "secret",
                    models.CharField(
                        default=realtime_notify.models.endpoints.new_endpoint_secret,
                        max_length=128,
                        verbose_name="secret",
                    ),
                ),
                (
                    "previous_secret",
                    models.CharField(
                        blank=True, editable=False, max_length=128, verbose_name="previous secret"
                    ),
                ),
                (
                    "previous_secret_until",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        null=True,
                        verbose_name="previous secret valid until",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "endpoint",
                "verbose_name_plural": "endpoints",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Epoch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=16, verbose_name="name")),
            ],
            options={
                "verbose_name": "epoch",
                "verbose_name_plural": "epochs",
            },
        ),
        migrations.CreateModel(
            name="Inbox",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="notify_inbox",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "rev",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Committed changes so far.", verbose_name="revision"
                    ),
                ),
                (
                    "unread",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Active notifications that are unread.",
                        verbose_name="unread",
                    ),
                ),
                (
                    "unseen",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Unread notifications newer than the seen mark.",
                        verbose_name="unseen",
                    ),
                ),
                (
                    "seen",
                    models.PositiveBigIntegerField(
                        default=0,
                        help_text="Notifications up to this revision were seen.",
                        verbose_name="seen mark",
                    ),
                ),
                (
                    "floor",
                    models.PositiveBigIntegerField(
                        default=0,
                        help_text="Clients at an earlier revision reload the inbox.",
                        verbose_name="floor",
                    ),
                ),
                (
                    "caught_up",
                    models.PositiveBigIntegerField(
                        default=0,
                        help_text="Broadcasts up to this number have been taken in.",
                        verbose_name="caught up to",
                    ),
                ),
            ],
            options={
                "verbose_name": "inbox",
                "verbose_name_plural": "inboxes",
            },
        ),
        migrations.CreateModel(
            name="Medium",
            fields=[
                (
                    "name",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=64, primary_key=True, serialize=False, verbose_name="name"
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=128, verbose_name="label")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "additional_context",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="additional context",
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
            ],
            options={
                "verbose_name": "medium",
                "verbose_name_plural": "media",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="RenderingStyle",
            fields=[
                (
                    "name",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=64, primary_key=True, serialize=False, verbose_name="name"
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=128, verbose_name="label")),
            ],
            options={
                "verbose_name": "rendering style",
                "verbose_name_plural": "rendering styles",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="RestedAddress",
            fields=[
                (
                    "address",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=320,
                        primary_key=True,
                        serialize=False,
                        verbose_name="e-mail address",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=255, verbose_name="reason")),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "until",
                    models.DateTimeField(
                        blank=True,
                        help_text="Empty: until somebody removes this row.",
                        null=True,
                        verbose_name="until",
                    ),
                ),
                (
                    "bounces",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="How often mail came back lately, but not for good.",
                        verbose_name="bounces",
                    ),
                ),
            ],
            options={
                "verbose_name": "rested address",
                "verbose_name_plural": "rested addresses",
                "ordering": ["address"],
            },
        ),
        migrations.CreateModel(
            name="TypeGroup",
            fields=[
                (
                    "name",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=128, primary_key=True, serialize=False, verbose_name="name"
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=128, verbose_name="label")),
                ("description", models.TextField(blank=True, verbose_name="description")),
            ],
            options={
                "verbose_name": "type group",
                "verbose_name_plural": "type groups",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="DeliveryProfile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "modified",
                    model_utils.fields.AutoLastModifiedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modified"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=64, verbose_name="name")),
                (
                    "interval",
                    models.IntegerField(
                        default=0,
                        help_text="In minutes. 0: at once. -1: never.",
                        validators=[django.core.validators.MinValueValidator(-1)],
                        verbose_name="interval",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Applies to subscriptions that have no profile of their own.",
                        verbose_name="default",
                    ),
                ),
                (
                    "hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Of daily and longer digests, in the person's time zone. Empty: the site's.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(23)],
                        verbose_name="hour",
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Of weekly digests. 0: Monday.",
                        validators=[django.core.validators.MaxValueValidator(6)],
                        verbose_name="weekday",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the site's.",
                        max_length=64,
                        validators=[realtime_notify.models.profiles.check_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the site's.",
                        max_length=16,
                        validators=[realtime_notify.models.profiles.check_language],
                        verbose_name="language",
                    ),
                ),
                ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="quiet from")),
                (
                    "quiet_until",
                    models.TimeField(blank=True, null=True, verbose_name="quiet until"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notify_profiles",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery profile",
                "verbose_name_plural": "delivery profiles",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Dispatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recipient",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=330, verbose_name="recipient"
                    ),
                ),
                (
                    "address",
                    models.EmailField(blank=True, max_length=320, verbose_name="e-mail address"),
                ),
                (
                    "interval",
                    models.IntegerField(
                        default=0,
                        help_text="In minutes; 0: not a digest, but at once.",
                        verbose_name="interval",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sent", "sent"),
                            ("dropped", "dropped"),
                            ("dead", "given up"),
                        ],
                        default="waiting",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                (
                    "is_open",
                    models.BooleanField(
                        default=True, editable=False, null=True, verbose_name="open"
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                (
                    "claimed_until",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="claimed until"
                    ),
                ),
                (
                    "claimed_by",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="claimed by"
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        help_text="Why it was dropped, such as: read, opted out.",
                        max_length=32,
                        verbose_name="reason",
                    ),
                ),
                (
                    "receipt",
                    models.CharField(
                        blank=True,
                        help_text="What the medium calls it, such as the Message-ID of a mail.",
                        max_length=255,
                        verbose_name="receipt",
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notify_dispatches",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dispatches",
                        to="realtime_notify.endpoint",
                    ),
                ),
                (
                    "medium",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dispatches",
                        to="realtime_notify.medium",
                        verbose_name="medium",
                    ),
                ),
            ],
            options={
                "verbose_name": "dispatch",
                "verbose_name_plural": "dispatches",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "request",
                    models.CharField(
                        help_text="Its id; the same when it is sent again.",
                        max_length=64,
                        verbose_name="request",
                    ),
                ),
                (
                    "status",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Of HTTP; empty if there was no answer.",
                        null=True,
                        verbose_name="status",
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("seconds", models.FloatField(verbose_name="seconds")),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: it was a test.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="realtime_notify.dispatch",
                        verbose_name="dispatch",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="realtime_notify.endpoint",
                        verbose_name="endpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "actor_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                ("actor_text", models.CharField(blank=True, default="", max_length=255)),
                ("actor_url", models.CharField(blank=True, default="", max_length=2000)),
                ("actor_image", models.CharField(blank=True, default="", max_length=2000)),
                (
                    "action_object_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                ("action_object_text", models.CharField(blank=True, default="", max_length=255)),
                ("action_object_url", models.CharField(blank=True, default="", max_length=2000)),
                (
                    "target_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                ("target_text", models.CharField(blank=True, default="", max_length=255)),
                ("target_url", models.CharField(blank=True, default="", max_length=2000)),
                (
                    "extra_actor_count",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="extra actors"
                    ),
                ),
                ("verb", models.CharField(blank=True, max_length=255, verbose_name="verb")),
                ("message", models.TextField(verbose_name="message")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("url", models.CharField(blank=True, max_length=2000, verbose_name="URL")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("info", "info"),
                            ("success", "success"),
                            ("warning", "warning"),
                            ("error", "error"),
                        ],
                        default="info",
                        max_length=16,
                        verbose_name="level",
                    ),
                ),
                ("public", models.BooleanField(default=True, verbose_name="public")),
                (
                    "data",
                    models.JSONField(
                        blank=True,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        null=True,
                        verbose_name="data",
                    ),
                ),
                (
                    "filters",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="filters",
                    ),
                ),
                (
                    "collapse_key",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, max_length=255, verbose_name="collapse key"
                    ),
                ),
                (
                    "fingerprint",
                    models.BigIntegerField(
                        editable=False,
                        help_text="Events with the same fingerprint collapse into one notification.",
                        verbose_name="fingerprint",
                    ),
                ),
                (
                    "dedupe_key",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True,
                        max_length=255,
                        null=True,
                        unique=True,
                        verbose_name="dedupe key",
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "deliver_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="deliver at"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                ),
                (
                    "lazy",
                    models.BooleanField(
                        default=False,
                        help_text="One row for everybody: each inbox takes it in when it is next looked at.",
                        verbose_name="lazy",
                    ),
                ),
                (
                    "number",
                    models.PositiveBigIntegerField(
                        blank=True,
                        editable=False,
                        help_text="The position of a lazy event among all of them, in the order of commits.",
                        null=True,
                        unique=True,
                        verbose_name="broadcast number",
                    ),
                ),
                (
                    "has_own_audience",
                    models.BooleanField(
                        default=False,
                        help_text="Not simply addressed to the subscribers of its type.",
                        verbose_name="own audience",
                    ),
                ),
                (
                    "audience",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="audience",
                    ),
                ),
                (
                    "cursor",
                    models.CharField(
                        blank=True,
                        default="",
                        editable=False,
                        max_length=400,
                        verbose_name="delivered up to",
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="due at"
                    ),
                ),
                (
                    "removal_due_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When it is to be removed from inboxes; empty once it has been.",
                        null=True,
                        verbose_name="removal due at",
                    ),
                ),
                (
                    "at_addresses",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="Delivery has walked all users, and is among e-mail addresses.",
                        verbose_name="at addresses",
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="withdrawn at"
                    ),
                ),
                (
                    "edition",
                    models.PositiveIntegerField(
                        default=0,
                        editable=False,
                        help_text="How often it was edited.",
                        verbose_name="edition",
                    ),
                ),
                (
                    "edit_due_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When inboxes are to learn of its newest edition; empty once they have.",
                        null=True,
                        verbose_name="edit due at",
                    ),
                ),
                (
                    "texts",
                    models.JSONField(
                        blank=True,
                        help_text="Texts to be translated for each reader: message ids with parameters.",
                        null=True,
                        verbose_name="texts",
                    ),
                ),
                (
                    "delivered_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="delivered at"
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="started at"
                    ),
                ),
                (
                    "reached",
                    models.PositiveIntegerField(
                        default=0,
                        editable=False,
                        help_text="How many people delivery has dealt with so far.",
                        verbose_name="reached",
                    ),
                ),
                (
                    "stragglers",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        help_text="Recipients whose inbox was busy; delivery comes back to them.",
                        verbose_name="stragglers",
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="failed attempts"
                    ),
                ),
                (
                    "last_error",
                    models.TextField(blank=True, editable=False, verbose_name="last error"),
                ),
                (
                    "action_object_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "actor_type",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "target_type",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="EventActor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "actor_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                ("actor_text", models.CharField(blank=True, default="", max_length=255)),
                ("actor_url", models.CharField(blank=True, default="", max_length=2000)),
                (
                    "actor_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extra_actors",
                        to="realtime_notify.event",
                    ),
                ),
            ],
            options={
                "verbose_name": "extra actor",
                "verbose_name_plural": "extra actors",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="NotificationType",
            fields=[
                (
                    "key",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=128,
                        primary_key=True,
                        serialize=False,
                        validators=[realtime_notify.models.types.check_key],
                        verbose_name="key",
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=128, verbose_name="label")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("info", "info"),
                            ("success", "success"),
                            ("warning", "warning"),
                            ("error", "error"),
                        ],
                        default="info",
                        max_length=16,
                        verbose_name="default level",
                    ),
                ),
                (
                    "self_service",
                    models.BooleanField(
                        default=False,
                        help_text="Users may subscribe themselves from the browser.",
                        verbose_name="self service",
                    ),
                ),
                (
                    "lazy",
                    models.BooleanField(
                        default=False,
                        help_text="Store one row for everybody; inboxes take it in when they are looked at.",
                        verbose_name="lazy",
                    ),
                ),
                (
                    "media",
                    models.JSONField(
                        blank=True,
                        help_text="The names of the media of those who chose none. Empty: every medium.",
                        null=True,
                        verbose_name="media",
                    ),
                ),
                (
                    "delay",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Seconds before it is sent by a medium that interrupts. Empty: the medium's.",
                        null=True,
                        verbose_name="delay",
                    ),
                ),
                (
                    "required",
                    models.BooleanField(
                        default=False,
                        help_text="Nobody may switch it off.",
                        verbose_name="required",
                    ),
                ),
                (
                    "critical",
                    models.BooleanField(
                        default=False,
                        help_text="It is sent at once, in quiet hours too, and waits for no digest.",
                        verbose_name="critical",
                    ),
                ),
                (
                    "content_type",
                    models.ForeignKey(
                        blank=True,
                        help_text="The model of all targets of this type, if there is only one.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contenttypes.contenttype",
                        verbose_name="target model",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="types",
                        to="realtime_notify.typegroup",
                        verbose_name="group",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification type",
                "verbose_name_plural": "notification types",
                "ordering": ["key"],
            },
        ),
        migrations.AddField(
            model_name="event",
            name="type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="realtime_notify.notificationtype",
                verbose_name="type",
            ),
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "modified",
                    model_utils.fields.AutoLastModifiedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modified"
                    ),
                ),
                ("endpoint", models.TextField(verbose_name="endpoint")),
                ("endpoint_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("p256dh", models.CharField(max_length=128)),
                ("auth", models.CharField(max_length=64)),
                (
                    "user_agent",
                    models.CharField(blank=True, max_length=255, verbose_name="browser"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                ),
                (
                    "last_used",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notify_push_subscriptions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "push subscription",
                "verbose_name_plural": "push subscriptions",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="PushMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="realtime_notify.dispatch",
                    ),
                ),
                (
                    "browser",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marks",
                        to="realtime_notify.pushsubscription",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="medium",
            name="rendering_style",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="media",
                to="realtime_notify.renderingstyle",
                verbose_name="rendering style",
            ),
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "modified",
                    model_utils.fields.AutoLastModifiedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modified"
                    ),
                ),
                (
                    "target_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                (
                    "identity",
                    models.CharField(
                        editable=False,
                        help_text="A digest of the columns that identify the row.",
                        max_length=64,
                        unique=True,
                    ),
                ),
                (
                    "group_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                (
                    "role",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True,
                        help_text="Only members of the group in this role.",
                        max_length=64,
                        verbose_name="role",
                    ),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
                ),
                (
                    "only_following",
                    models.BooleanField(
                        default=False,
                        help_text="Only events of actors whom the subscriber follows.",
                        verbose_name="only following",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        help_text="Events before this time do not match.",
                        verbose_name="since",
                    ),
                ),
                (
                    "after_event",
                    models.PositiveBigIntegerField(
                        blank=True,
                        editable=False,
                        help_text="The newest event when it was made; empty if only the clock is to decide.",
                        null=True,
                        verbose_name="after event",
                    ),
                ),
                (
                    "secret",
                    realtime_notify.models.fields.ExactCharField(
                        db_index=True,
                        default=realtime_notify.models.subscriptions.new_secret,
                        editable=False,
                        max_length=64,
                        verbose_name="secret",
                    ),
                ),
                (
                    "group_type",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=realtime_notify.models.fields.cascade_required,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "media",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None means every medium.",
                        related_name="subscriptions",
                        to="realtime_notify.medium",
                        verbose_name="media",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty means the user's default profile.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="subscriptions",
                        to="realtime_notify.deliveryprofile",
                        verbose_name="delivery profile",
                    ),
                ),
                (
                    "target_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="realtime_notify.notificationtype",
                        verbose_name="type",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=realtime_notify.models.fields.cascade_required,
                        related_name="notify_subscriptions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "subscription",
                "verbose_name_plural": "subscriptions",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seq",
                    models.PositiveBigIntegerField(
                        help_text="The revision at which it last arrived; the inbox is sorted by it.",
                        verbose_name="sequence",
                    ),
                ),
                (
                    "rev",
                    models.PositiveBigIntegerField(
                        help_text="The revision of its last change.", verbose_name="revision"
                    ),
                ),
                ("occurrences", models.PositiveIntegerField(default=1, verbose_name="occurrences")),
                (
                    "edition",
                    models.PositiveIntegerField(
                        default=0,
                        editable=False,
                        help_text="The edition of its event that its inbox has learned of.",
                        verbose_name="edition",
                    ),
                ),
                ("fingerprint", models.BigIntegerField(editable=False, verbose_name="fingerprint")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="archived at"),
                ),
                (
                    "deleted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="deleted at"),
                ),
                (
                    "snoozed_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="snoozed until"),
                ),
                (
                    "emailed_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When it was sent to its owner by e-mail.",
                        null=True,
                        verbose_name="e-mailed at",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notifications",
                        to="realtime_notify.event",
                        verbose_name="event",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notify_notifications",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="notifications",
                        to="realtime_notify.subscription",
                        verbose_name="subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "ordering": ["-seq"],
            },
            bases=(realtime_notify.models.humanize.HumanReadableMixin, models.Model),
        ),
        migrations.CreateModel(
            name="DispatchItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=32, verbose_name="reason")),
                (
                    "dispatch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="realtime_notify.dispatch",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dispatch_items",
                        to="realtime_notify.event",
                    ),
                ),
                (
                    "notification",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dispatch_items",
                        to="realtime_notify.notification",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="The own subscription that reached the recipient, if any.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="realtime_notify.subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "dispatched event",
                "verbose_name_plural": "dispatched events",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=64, verbose_name="name"
                    ),
                ),
                (
                    "value",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=255, verbose_name="value"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="filters",
                        to="realtime_notify.subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "subscription filter",
                "verbose_name_plural": "subscription filters",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionRequest",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "address",
                    models.EmailField(db_index=True, max_length=254, verbose_name="e-mail address"),
                ),
                (
                    "target_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                (
                    "filters",
                    models.JSONField(blank=True, default=dict, verbose_name="subscription filters"),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("expires", models.FloatField(db_index=True)),
                (
                    "target_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscription_requests",
                        to="realtime_notify.notificationtype",
                        verbose_name="type",
                    ),
                ),
            ],
            options={
                "verbose_name": "subscription request",
                "verbose_name_plural": "subscription requests",
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("session_key", models.TextField(blank=True)),
                ("expires", models.FloatField(null=True)),
                ("valid_until", models.FloatField(db_index=True)),
                ("taken_by", models.CharField(blank=True, max_length=32)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Renderer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=128, unique=True, verbose_name="name"
                    ),
                ),
                (
                    "text_template_path",
                    models.CharField(blank=True, max_length=255, verbose_name="file for text"),
                ),
                (
                    "html_template_path",
                    models.CharField(blank=True, max_length=255, verbose_name="file for HTML"),
                ),
                ("text_template", models.TextField(blank=True, verbose_name="template for text")),
                ("html_template", models.TextField(blank=True, verbose_name="template for HTML")),
                (
                    "hints",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        help_text="Keys of an event's data that hold primary keys, each with its model.",
                        validators=[realtime_notify.models.rendering.check_hints],
                        verbose_name="hints",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=realtime_notify.models.fields.cascade_required,
                        related_name="renderers",
                        to="realtime_notify.notificationtype",
                        verbose_name="type",
                    ),
                ),
                (
                    "style",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="renderers",
                        to="realtime_notify.renderingstyle",
                        verbose_name="style",
                    ),
                ),
                (
                    "type_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=realtime_notify.models.fields.cascade_required,
                        related_name="renderers",
                        to="realtime_notify.typegroup",
                        verbose_name="type group",
                    ),
                ),
            ],
            options={
                "verbose_name": "renderer",
                "verbose_name_plural": "renderers",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created",
                    model_utils.fields.AutoCreatedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "modified",
                    model_utils.fields.AutoLastModifiedField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modified"
                    ),
                ),
                (
                    "target_id",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True, default="", max_length=255
                    ),
                ),
                (
                    "identity",
                    models.CharField(
                        editable=False,
                        help_text="A digest of the columns that identify the row.",
                        max_length=64,
                        unique=True,
                    ),
                ),
                (
                    "medium",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opt_outs",
                        to="realtime_notify.medium",
                    ),
                ),
                (
                    "target_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opt_outs",
                        to="realtime_notify.notificationtype",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notify_opt_outs",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "type_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opt_outs",
                        to="realtime_notify.typegroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "opt-out",
                "verbose_name_plural": "opt-outs",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="EventFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=64, verbose_name="name"
                    ),
                ),
                (
                    "value",
                    realtime_notify.models.fields.ExactCharField(
                        max_length=255, verbose_name="value"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="filter_values",
                        to="realtime_notify.event",
                    ),
                ),
            ],
            options={
                "verbose_name": "event filter",
                "verbose_name_plural": "event filters",
                "constraints": [
                    models.UniqueConstraint(fields=("event", "name"), name="rn_event_filter_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="EventSeen",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    realtime_notify.models.fields.ExactCharField(
                        blank=True,
                        default="",
                        help_text="A user's key or an e-mail address; empty for the medium as a whole.",
                        max_length=255,
                        verbose_name="person",
                    ),
                ),
                (
                    "seen_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="seen at"),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seen_by",
                        to="realtime_notify.event",
                    ),
                ),
                (
                    "medium",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seen_by",
                        to="realtime_notify.medium",
                    ),
                ),
            ],
            options={
                "verbose_name": "seen event",
                "verbose_name_plural": "seen events",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "medium", "person"), name="rn_event_seen_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["medium", "due_at", "id"],
                name="rn_dispatch_due",
                otherwise=["medium", "state", "due_at", "id"],
                where=models.Q(("state", "waiting")),
            ),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["medium", "-id"],
                name="rn_dispatch_dead",
                otherwise=["state", "medium"],
                where=models.Q(("state", "dead")),
            ),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["finished_at"], name="rn_dispatch_finished"),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.UniqueConstraint(
                fields=("recipient", "medium", "interval", "due_at", "is_open"),
                name="rn_dispatch_open_once",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["due_at"],
                name="rn_event_due",
                otherwise=["due_at"],
                where=models.Q(("due_at__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["removal_due_at"],
                name="rn_event_removal",
                otherwise=["removal_due_at"],
                where=models.Q(("removal_due_at__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["edit_due_at"],
                name="rn_event_edit",
                otherwise=["edit_due_at"],
                where=models.Q(("edit_due_at__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["type", "created"], name="rn_event_type"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["target_type", "target_id"], name="rn_event_target"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["actor_type", "actor_id"], name="rn_event_actor"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["has_own_audience"], name="rn_event_own_audience"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["fingerprint"], name="rn_event_same"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_at__isnull", True), ("delivered_at__isnull", True), _connector="OR"
                ),
                name="rn_event_due_or_delivered",
            ),
        ),
        migrations.AddConstraint(
            model_name="pushmark",
            constraint=models.UniqueConstraint(
                fields=("dispatch", "browser"), name="rn_push_mark_once"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                fields=["type", "target_type", "target_id", "user"], name="rn_subscription_match"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["group_type", "group_id"], name="rn_subscription_group"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["type", "target_type", "target_id"],
                name="rn_subscription_of_groups",
                otherwise=["type", "target_type", "target_id", "group_type"],
                where=models.Q(("group_type__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["email"], name="rn_subscription_email"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["type", "target_type", "target_id", "email"],
                name="rn_subscription_addresses",
                otherwise=["type", "target_type", "target_id", "email"],
                where=models.Q(("email", ""), _negated=True),
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email", ""), ("group_type", None), ("user__isnull", False)),
                    models.Q(("email", ""), ("group_type__isnull", False), ("user", None)),
                    models.Q(
                        ("group_type", None), ("user", None), models.Q(("email", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="rn_subscription_one_subscriber",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["user", "fingerprint"],
                name="rn_notification_same",
                otherwise=["user", "fingerprint"],
                where=models.Q(
                    ("archived_at", None),
                    ("deleted_at", None),
                    ("snoozed_until", None),
                    ("read_at", None),
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["user", "rev"], name="rn_notification_rev"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["user", "-seq"],
                name="rn_notification_active",
                otherwise=["user", "archived_at", "deleted_at", "snoozed_until", "-seq"],
                where=models.Q(
                    ("archived_at", None), ("deleted_at", None), ("snoozed_until", None)
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["user", "-seq"],
                name="rn_notification_unread",
                otherwise=["user", "archived_at", "deleted_at", "snoozed_until", "read_at", "-seq"],
                where=models.Q(
                    ("archived_at", None),
                    ("deleted_at", None),
                    ("snoozed_until", None),
                    ("read_at", None),
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["user", "-seq"],
                name="rn_notification_archived",
                otherwise=["user", "-seq"],
                where=models.Q(("archived_at__isnull", False), ("deleted_at", None)),
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["snoozed_until"],
                name="rn_notification_snoozed",
                otherwise=["snoozed_until"],
                where=models.Q(("snoozed_until__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["subscription"],
                name="rn_notification_subscribed",
                otherwise=["subscription"],
                where=models.Q(("subscription__isnull", False)),
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=("event", "user"), name="rn_notification_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("rev__gte", models.F("seq"))), name="rn_rev_after_seq"
            ),
        ),
        migrations.AddIndex(
            model_name="dispatchitem",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["notification"],
                name="rn_dispatch_item_of",
                otherwise=["notification"],
                where=models.Q(("notification__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="dispatchitem",
            index=realtime_notify.models.partial.PartialIndex(
                fields=["subscription"],
                name="rn_dispatch_item_by",
                otherwise=["subscription"],
                where=models.Q(("subscription__isnull", False)),
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatchitem",
            constraint=models.UniqueConstraint(
                fields=("dispatch", "event"), name="rn_dispatch_item_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionfilter",
            constraint=models.UniqueConstraint(
                fields=("subscription", "name"), name="rn_filter_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="renderer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("type", None), ("type_group__isnull", False)),
                    models.Q(("type__isnull", False), ("type_group", None)),
                    _connector="OR",
                ),
                name="rn_renderer_type_or_group",
                violation_error_message="A renderer is for a type or for a type group.",
            ),
        ),
        migrations.AddConstraint(
            model_name="renderer",
            constraint=models.UniqueConstraint(
                fields=("style", "type"), name="rn_renderer_once_a_type"
            ),
        ),
        migrations.AddConstraint(
            model_name="renderer",
            constraint=models.UniqueConstraint(
                fields=("style", "type_group"), name="rn_renderer_once_a_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="optout",
            constraint=models.CheckConstraint(
                condition=models.Q(("type", None), ("type_group", None), _connector="OR"),
                name="rn_opt_out_type_or_group",
            ),
        ),
    ]
