/** Which rules hold for which type of Kubernetes. */
import { lookup } from '../../core/lookup.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import * as access from './access.ts';
import * as container from './container.ts';
import { objectMeta, objectName } from './metadata.ts';
import * as network from './network.ts';
import * as pod from './pod.ts';
import * as storage from './storage.ts';
import * as workloads from './workloads.ts';

/** By the type's name below `io.k8s.api.`; what holds for one version of a group holds for each that is served. */
const rules: Readonly<Record<string, Rule>> = lookup({
  'core.v1.PodSpec': pod.podSpec,
  'core.v1.Toleration': pod.toleration,
  'core.v1.TopologySpreadConstraint': pod.spreadConstraint,
  'core.v1.NodeSelectorRequirement': pod.nodeSelectorRequirement,
  'core.v1.NodeSelector': pod.nodeSelector,
  'core.v1.PodAffinityTerm': pod.podAffinityTerm,
  'core.v1.WeightedPodAffinityTerm': pod.weighted,
  'core.v1.PreferredSchedulingTerm': pod.weighted,
  'core.v1.PodSecurityContext': pod.podSecurityContext,
  'core.v1.Container': container.container,
  'core.v1.ResourceRequirements': container.resources,
  'core.v1.SecurityContext': container.securityContext,
  'core.v1.SeccompProfile': container.seccompProfile,
  'core.v1.ReplicationControllerSpec': workloads.replicationControllerSpec,
  'apps.v1.DeploymentSpec': workloads.deploymentSpec,
  'apps.v1.ReplicaSetSpec': workloads.replicaSetSpec,
  'apps.v1.StatefulSetSpec': workloads.statefulSetSpec,
  'apps.v1.DaemonSetSpec': workloads.daemonSetSpec,
  'batch.v1.JobSpec': workloads.jobSpec,
  'batch.v1.CronJobSpec': workloads.cronJobSpec,
  'policy.v1.PodDisruptionBudgetSpec': workloads.disruptionBudgetSpec,
  'autoscaling.v2.HorizontalPodAutoscalerSpec': workloads.autoscalerSpec,
  'autoscaling.v1.HorizontalPodAutoscalerSpec': workloads.autoscalerSpec,
  'core.v1.ServiceSpec': network.serviceSpec,
  'networking.v1.IngressSpec': network.ingressSpec,
  'networking.v1.IngressClassSpec': network.ingressClassSpec,
  'networking.v1.NetworkPolicySpec': network.networkPolicySpec,
  'discovery.v1.EndpointSlice': network.endpointSlice,
  'core.v1.ConfigMap': storage.configMap,
  'core.v1.Secret': storage.secret,
  'core.v1.PersistentVolumeClaimSpec': storage.claimSpec,
  'core.v1.PersistentVolumeSpec': storage.volumeSpec,
  'storage.v1.StorageClass': storage.storageClass,
  'scheduling.v1.PriorityClass': storage.priorityClass,
  'core.v1.ResourceQuotaSpec': storage.quotaSpec,
  'core.v1.LimitRangeSpec': storage.limitRangeSpec,
  'rbac.v1.Role': access.role,
  'rbac.v1.ClusterRole': access.clusterRole,
  'rbac.v1.RoleBinding': access.roleBinding,
  'rbac.v1.ClusterRoleBinding': access.clusterRoleBinding,
  'admissionregistration.v1.ValidatingAdmissionPolicySpec': access.admissionPolicySpec,
  'admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec': access.admissionBindingSpec,
  'admissionregistration.v1.ValidatingWebhookConfiguration': access.webhookConfiguration,
  'admissionregistration.v1.MutatingWebhookConfiguration': access.webhookConfiguration,
});

const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const customDefinition = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';
const api = 'io.k8s.api.';

/** The rules of a type, by the name of its definition. */
export function rulesOf(definition: string): Rule | undefined {
  if (definition === metadata) return objectMeta;
  if (definition === customDefinition) return access.customDefinition;
  const short = definition.startsWith(api) ? definition.slice(api.length) : '';
  return Object.hasOwn(rules, short) ? rules[short] : undefined;
}

/** Kinds that are asked, not kept: they have no name. */
const unnamed = /(?:Review|Binding|Eviction|TokenRequest|Options|List)$/;

/** What holds for the object as a whole. */
export function objectRule(kind: string): Rule | undefined {
  const named = !unnamed.test(kind) || /RoleBinding$|PolicyBinding$/.test(kind);
  return named ? objectName(kind, needSpec.has(kind)) : undefined;
}

/** Kinds that mean nothing without a spec; the schema does not say so. */
const needSpec = new Set([
  'Pod',
  'Service',
  'ReplicationController',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Ingress',
  'IngressClass',
  'HorizontalPodAutoscaler',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'CertificateSigningRequest',
]);
