"""Who may do what: users, their rules, and the log of what was refused. https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/"""
