# What the help desk under test begins with: people, queues with service levels, custom fields and rights.
@Groups = (
    { Name => 'Support', Description => 'Who answers' },
    { Name => 'Readers', Description => 'What a reading account needs, and no more' },
);
@Users = (
    ( map { { Name => $_, EmailAddress => "$_\@help.example", RealName => ucfirst($_), Password => 'password', Privileged => 1 } }
        qw(ana bo sync) ),
    ( map { { Name => "$_\@customer.example", EmailAddress => "$_\@customer.example", RealName => ucfirst($_), Privileged => 0 } }
        qw(carla dev eve) ),
);
@GroupMembers = ();
@Queues = (
    { Name => 'Billing', CorrespondAddress => 'billing@help.example', CommentAddress => 'billing-comment@help.example', SLADisabled => 0 },
    { Name => 'Technical', CorrespondAddress => 'technical@help.example', CommentAddress => 'technical-comment@help.example', SLADisabled => 0 },
);
@CustomFields = (
    { Name => 'Category', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [ 'Billing', 'Technical' ] },
    { Name => 'Channel', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [ 'Billing', 'Technical' ] },
    { Name => 'CSAT', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [ 'Billing', 'Technical' ] },
);
@ACL = (
    ( map { my $right = $_; map { { UserId => $_, Right => $right } } qw(ana bo) }
        qw(SeeQueue ShowTicket ShowTicketComments CreateTicket ReplyToTicket CommentOnTicket OwnTicket TakeTicket StealTicket
           ReassignTicket ModifyTicket DeleteTicket SeeCustomField ModifyCustomField) ),
    ( map { { UserId => 'sync', Right => $_ } } qw(SeeQueue ShowTicket ShowTicketComments SeeCustomField ManageAuthTokens) ),
    ( map { { GroupDomain => 'SystemInternal', GroupType => 'Everyone', Right => $_ } } qw(CreateTicket ReplyToTicket) ),
);
1;
