"""The channel ``wechat``: Official Accounts of WeChat, both subscription and service accounts."""
