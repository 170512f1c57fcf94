"""URLs of moderation."""

from django.urls import path

from .api import people, reports, reviews, site
from .views import challenge
from .views import own as own_pages
from .views import people as people_pages
from .views import queue as queue_pages
from .views import reports as report_pages
from .views import site as site_pages

urlpatterns = [
    path("signup/challenge", challenge.challenge, name="sign_up_challenge"),
    path("report", report_pages.new_report, name="new_report"),
    path("report/send", report_pages.send_report, name="send_report"),
    path("site/reviews", queue_pages.reviews, name="reviews"),
    path("site/reviews/decide", queue_pages.decide, name="decide_reviews"),
    path("site/reviews/<uuid:review_id>/claim", queue_pages.claim, name="claim_review"),
    path("site/reviews/<uuid:review_id>/undo", queue_pages.undo, name="undo_decision"),
    path("site/people/<str:person>", people_pages.record, name="person_record"),
    path("site/people/<str:person>/sanction", people_pages.impose, name="sanction_person"),
    path("site/people/<str:person>/remove", people_pages.remove, name="remove_everything"),
    path("site/people/<str:person>/trust", people_pages.choose_level, name="choose_trust_level"),
    path("site/sanctions/<uuid:sanction_id>/lift", people_pages.lift, name="lift_sanction"),
    path("site/removals/<uuid:removal_id>/undo", people_pages.undo, name="undo_removal"),
    path("site/moderation", site_pages.moderation, name="site_moderation"),
    path("site/moderation/switch-on", site_pages.switch_on, name="switch_on"),
    path("site/moderation/switch-off", site_pages.switch_off, name="switch_off"),
    path("site/moderation/ban", site_pages.add_ban, name="add_ban"),
    path("site/moderation/bans/<uuid:ban_id>/lift", site_pages.end_ban, name="lift_ban"),
    path("site/moderation/reply", site_pages.add_reply, name="save_reply"),
    path("site/moderation/replies/<uuid:reply_id>/delete", site_pages.remove_reply, name="delete_reply"),
    path("api/v1/reports", reports.Reports.as_view(), name="api_reports"),
    path("api/v1/reports/<uuid:report_id>", reports.OneReport.as_view(), name="api_report"),
    path("settings/standing", own_pages.decisions, name="standing"),
    path("settings/standing/decisions/<uuid:decision_id>/appeal", own_pages.appeal, name="appeal_decision"),
    path("settings/standing/blocks/<str:person>", own_pages.set_block, name="set_block"),
    path("api/v1/me/decisions", reports.OwnDecisions.as_view(), name="api_own_decisions"),
    path(
        "api/v1/me/decisions/<uuid:decision_id>/appeal", reports.AppealDecision.as_view(), name="api_appeal"
    ),
    path("api/v1/me/blocks", reports.Blocks.as_view(), name="api_blocks"),
    path("api/v1/me/blocks/<str:person>", reports.OneBlock.as_view(), name="api_block"),
    path("api/v1/reviews", reviews.Reviews.as_view(), name="api_reviews"),
    path("api/v1/reviews/decisions", reviews.BulkDecisions.as_view(), name="api_bulk_decisions"),
    path("api/v1/reviews/<uuid:review_id>", reviews.OneReview.as_view(), name="api_review"),
    path("api/v1/reviews/<uuid:review_id>/decisions", reviews.Decisions.as_view(), name="api_decisions"),
    path("api/v1/reviews/<uuid:review_id>/undo", reviews.Undo.as_view(), name="api_undo_decision"),
    path("api/v1/reviews/<uuid:review_id>/claim", reviews.Claim.as_view(), name="api_claim"),
    path("api/v1/people/<str:person>/sanctions", people.Sanctions.as_view(), name="api_sanctions"),
    path("api/v1/sanctions/<uuid:sanction_id>", people.OneSanction.as_view(), name="api_sanction"),
    path("api/v1/people/<str:person>/removals", people.Removals.as_view(), name="api_removals"),
    path("api/v1/removals/<uuid:removal_id>", people.OneRemoval.as_view(), name="api_removal"),
    path("api/v1/people/<str:person>/trust", people.PersonTrust.as_view(), name="api_trust"),
    path("api/v1/bans", site.Bans.as_view(), name="api_bans"),
    path("api/v1/bans/<uuid:ban_id>", site.OneBan.as_view(), name="api_ban"),
    path("api/v1/emergency-switch", site.EmergencySwitchView.as_view(), name="api_emergency_switch"),
    path("api/v1/saved-replies", site.SavedReplies.as_view(), name="api_saved_replies"),
    path("api/v1/saved-replies/<uuid:reply_id>", site.OneSavedReply.as_view(), name="api_saved_reply"),
]
